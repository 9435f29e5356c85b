"""The form by which an industry authority is registered, with the person who answers for it."""

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from forms.form import Form
from forms.validators import email, person_name, stripped, uscc


class AuthorityForm(Form):
    """One authority and one person; somebody else of the same authority is added in the same way."""

    organization = StringField(
        "单位名称",
        filters=[stripped],
        validators=[DataRequired("请填写单位全称"), Length(max=100, message="单位名称最多100个字")],
    )
    uscc = StringField("统一社会信用代码", filters=[stripped], validators=[uscc])
    region_code = SelectField("所在地区", validators=[InputRequired("请选择所在地区")])
    occupations = TextAreaField(
        "主管的职业（工种）",
        filters=[stripped],
        validators=[DataRequired("请填写主管的职业（工种），每行一个"), Length(max=2000, message="最多2000个字")],
        description="每行一个，与职业分类大典的名称一致，例如 焊工。基地申请涉及这些职业（工种）的，可以征求该单位意见",
    )
    name = StringField("联系人姓名", filters=[stripped], validators=[person_name])
    email = StringField("联系人电子邮箱", filters=[stripped], validators=[email])

    def listed(self) -> list[str]:
        """The occupations as they were typed, each once."""
        lines = (self.occupations.data or "").replace("、", "\n").splitlines()
        return list(dict.fromkeys(line.strip() for line in lines if line.strip()))
