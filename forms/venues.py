"""Forms of places: where a room is, in figures or by a map's link."""

from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length

from domain.places import Datum
from forms.form import Form
from forms.validators import stripped


class VenueForm(Form):
    """Coordinates as somebody gives them."""

    text = StringField(
        "坐标或地图链接",
        filters=[stripped],
        description="例如 29.079175,119.647424，先写纬度或先写经度都可以；也可以粘贴高德、腾讯、百度地图分享的完整链接",
        validators=[InputRequired("请填写坐标，或粘贴地图链接"), Length(max=500, message="内容太长，请只粘贴链接")],
    )
    datum = RadioField(
        "坐标取自",
        choices={each.value: each.label for each in Datum},
        default=Datum.WGS84.value,
        description="同一组数字在不同地图上相差几百米。粘贴链接的会自动认出，不用选择",
        validators=[InputRequired("请选择坐标取自哪种地图")],
    )
