"""What every form of the site is: filled by a browser and nothing else, its built-in sentences in Chinese."""

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import FileField

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Form(FlaskForm):
    """A form of the site; WTForms' own few sentences come from its Chinese translation."""

    class Meta(FlaskForm.Meta):
        locales = ("zh",)

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """What the browser sent: texts for fields of text, files for fields of files.

            Flask-WTF would also take JSON, whose values may be anything, and hand a file to a field of text.
            """
            if formdata is None or isinstance(formdata, MultiDict):
                return formdata
            if request.method not in _UNSAFE:
                return None
            takes_files = {field.name for field in form._fields.values() if isinstance(field, FileField)}
            files = MultiDict((name, file) for name, file in request.files.items(multi=True) if name in takes_files)
            return CombinedMultiDict((files, request.form))
