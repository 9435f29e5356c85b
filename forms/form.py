"""What every form of the site is: a Flask form whose built-in sentences are Chinese."""

from flask_wtf import FlaskForm


class Form(FlaskForm):
    """A form of the site; WTForms' own few sentences come from its Chinese translation."""

    class Meta(FlaskForm.Meta):
        locales = ("zh",)
