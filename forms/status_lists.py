"""Forms of the lists the bureau takes in."""

from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField
from wtforms.validators import InputRequired

from domain.result_standing import StatusKind
from forms.form import Form


class StatusListForm(Form):
    """A list as its office sends it, and what it says of the persons in it."""

    kind = SelectField(
        "名单种类",
        choices={"": "请选择", **{kind.value: kind.label for kind in StatusKind}},
        validators=[InputRequired("请选择名单种类")],
    )
    file = FileField("名单文件", validators=[FileRequired("请选择要导入的名单")])
