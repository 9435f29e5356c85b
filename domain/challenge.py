"""The challenge word of a session: two characters to write on the board, so that a photo shows of which class it is."""

# Common characters of few strokes, no two of which are alike in chalk.
CHARACTERS = (
    "大小中山水火土木金石田禾竹米麦豆瓜果花草叶林云雨雪风雷电日月星天"
    "上下左右东西南北前后里外高低长短多少红黄蓝白黑青一二三四五六七八九十百千"
    "马牛羊鸟鱼虫龙虎手足口耳目心头面牙力刀工具车船机床井门窗灯"
    "书笔纸画文字学习校师友同老年春夏秋冬早晚今明光明江河海湖沙岛"
    "桥路城市村乡家国民兵士农商医药茶酒油盐糖菜肉蛋布衣帽鞋"
)
_WORD = 3


def _alphabet() -> str:
    return "".join(dict.fromkeys(CHARACTERS))


def word(digest: bytes) -> str:
    """The word that belongs to a keyed hash: nobody without the key can tell it beforehand."""
    alphabet = _alphabet()
    number = int.from_bytes(digest, "big")
    found = ""
    for _ in range(_WORD):
        number, place = divmod(number, len(alphabet))
        found += alphabet[place]
    return found
