"""Names of people and the numbers on their papers, as one meets them in Jinhua; drawn by a seeded generator."""

from datetime import date, timedelta
from random import Random

from domain.identity import id_check_digit

_EVERYWHERE = (
    "王李张刘陈杨黄吴赵周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田"
    "董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊"
)
_LOCAL = {
    "330784": "胡应程徐吕施朱章李王黄楼陈夏颜池舒俞卢方胡应程徐",
    "330783": "楼吴金张王陈李卢马蒋厉韦徐赵许杜任胡何郭单俞史申楼吴金",
    "330782": "王陈吴楼朱何骆龚虞傅蒋毛丁金方黄冯宗季贾朱王陈",
    "330781": "徐陈吴王童诸叶方章蔡郑胡舒汪邵唐赵柳陈徐",
    "330723": "徐陈王朱李何潘邹涂汤鲍祝俞廖钟蓝雷陶叶",
    "330726": "陈张黄郑吴于赵傅朱盛周楼薛石洪蒋张陈",
    "330727": "陈羊周卢张孔曹马厉杜潘倪胡蔡施金陈",
    "330702": "王陈张徐吴金方叶盛倪戴范郑黄邵钱汪姜",
    "330703": "王陈张方邢曹施俞傅严范黄钱朱杜严盛",
}
_DOUBLE = ("诸葛", "申屠", "欧阳", "上官", "司马")

_MEN = {
    1975: "建国 建军 国平 志强 国强 建华 永康 文斌 志明 德胜 金龙 樟法 有福 春林 海根 新明 立新 跃进 关富 洪亮 国庆",
    1990: "伟 勇 俊 斌 晓东 海波 伟锋 志勇 剑锋 旭东 明辉 文杰 红卫 立群 高峰 永刚 建锋 国栋 向阳 小龙 江涛 少华",
    2100: "浩 宇轩 子豪 俊杰 嘉豪 梓轩 泽宇 一鸣 天宇 佳伟 凯 晨曦 家乐 文韬 思远 翔 博文 鑫磊 逸凡 承志 星辰 皓轩",
}
_WOMEN = {
    1975: "美仙 爱珍 月英 秀娟 彩云 桂花 玉兰 金凤 美芬 素珍 惠芳 小英 春香 雪梅 菊香 爱芳 银娣 翠娥 凤仙 梅芳",
    1990: "丽君 晓燕 美玲 海燕 慧敏 丹 静 敏 玲 红霞 燕萍 雅琴 晓芸 丽萍 秋月 建芳 婷 芳芳 露 巧云",
    2100: "欣怡 诗涵 佳怡 思琪 雨桐 梦洁 可欣 月婷 若兰 雨欣 紫萱 嘉怡 语嫣 晨 静怡 梓涵 悦 心怡 依诺 佳琪",
}
# Characters that a careless program loses, and the names of those who came from far away.
_RARE = "䶮 龑 㛃 喆 昇 堃 燊 赟 祎 頔 翀 玥 犇 骉"
_MINORITIES = (
    ("买买提·吐尔逊", "1", "653"),
    ("阿依古丽·艾合买提", "2", "653"),
    ("艾力·库尔班", "1", "653"),
    ("次仁·卓玛", "2", "542"),
    ("扎西·多吉", "1", "542"),
    ("古丽娜尔·阿不都热合曼", "2", "653"),
    ("迪里夏提·买合木提江", "1", "653"),
)
_ELSEWHERE = (
    *("362326", "362502", "360733", "362421", "522125", "522425", "522601", "520221", "412828", "411524", "411621"),
    *("341222", "340827", "342426", "430523", "431224", "511322", "512926", "532130", "532627", "420684", "422822"),
    *("332526", "332522", "331023", "330825", "330327"),
)
# Until which birth year which number stood before the present one: cities that had been counties, and 金华县.
_PAST_CODES = {
    "330784": ((1992, "330722"),),
    "330783": ((1988, "330724"),),
    "330782": ((1988, "330725"),),
    "330781": ((1986, "330719"),),
    "330702": ((2000, "330721"),),
    "330703": ((2000, "330721"),),
}


def person(draw: Random, region_code: str, born_on: date, *, sex: str) -> tuple[str, str]:
    """A name and the first six digits of an ID number of somebody who works in this county."""
    chance = draw.random()
    if chance < 0.004:
        name, own_sex, province = draw.choice(_MINORITIES)
        if own_sex == sex:
            return name, f"{province}{draw.choice(('001', '101', '126', '127', '201'))}"
    local = draw.random() < 0.78
    surname = draw.choice(_LOCAL[region_code] if local else _EVERYWHERE)
    if chance > 0.992:
        surname = draw.choice(_DOUBLE)
    given = draw.choice(_of_generation(_MEN if sex == "1" else _WOMEN, born_on.year))
    if 0.004 <= chance < 0.012:
        given = draw.choice(_RARE.split())
    elif len(given) == 1 and draw.random() < 0.3:
        given = draw.choice("晓海志建文国小") + given
    return surname + given, home_code(region_code, born_on.year) if local else draw.choice(_ELSEWHERE)


def _of_generation(names: dict[int, str], year: int) -> list[str]:
    return next(words for until, words in names.items() if year <= until).split()


def home_code(region_code: str, born: int) -> str:
    """What an ID number begins with for somebody born in this county in this year: counties changed their codes."""
    for until, code in _PAST_CODES.get(region_code, ()):
        if born <= until:
            return code
    return region_code


def id_number(draw: Random, prefix: str, born_on: date, *, sex: str, taken: set[str]) -> str:
    """A valid number that nobody in `taken` has; it is added there."""
    while True:
        order = draw.randrange(1, 499) * 2 + (1 if sex == "1" else 0)
        first = f"{prefix}{born_on:%Y%m%d}{order:03d}"
        number = first + id_check_digit(first)
        if number not in taken:
            taken.add(number)
            return number


def mobile(draw: Random) -> str:
    """A mobile number of the shape in use here."""
    return f"{draw.choice(('135', '136', '137', '138', '139', '150', '151', '158', '159', '187', '188', '189'))}" + (
        f"{draw.randrange(10**8):08d}"
    )


def certificate_number(draw: Random, kind: str, level: int, issued_on: date, serial: int, *, by_employer: bool) -> str:
    """A number as certificates of this kind carry it (domain.skills knows the shapes)."""
    digit = {2: "5", 3: "4", 4: "3", 5: "2", 6: "1"}.get(level, "5")
    if kind == "skill_level":
        if level == 7:
            return f"ZJ{issued_on:%Y}3307{serial:012d}"
        site = draw.randrange(1, 60)
        return f"{'Y' if by_employer else 'S'}000033{site:06d}{issued_on:%y}{digit}{serial:06d}"
    if kind == "qualification":
        return f"{issued_on:%y}330700{digit}{serial:07d}"
    return f"3307{issued_on:%Y}{serial:08d}"


def day_between(draw: Random, first: date, last: date) -> date:
    """A day of the span, both ends included; the first when the span is empty."""
    return first + timedelta(days=draw.randint(0, max((last - first).days, 0)))
