#!/usr/bin/env python3
"""核对婺学公开日志。只用 Python 标准库，可以先通读再运行。

    python check.py https://网址                        核对整本日志
    python check.py https://网址 2026-11-22.txt ...     再与自己保存的日志头比对
    python check.py https://网址 --proof 证明.pdf       再查这份证明文件在日志里的记录

核对的内容：每个日志头的签名（Ed25519）；前后日志头首尾相接；由全部记录重新算出的根哈希（RFC 6962）与每个日志头一致；
自己保存的日志头与网站现在公布的一致。全部无误时以 0 结束；有问题时逐条说明并以 1 结束；
网址、网络或文件有误而没能核对时以 2 结束。
"""

import base64
import hashlib
import json
import sys
import urllib.request


def leaf_hash(data):
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """只向右增长的哈希树。"""

    def __init__(self):
        self.size, self.roots = 0, []

    def add(self, leaf):
        self.size += 1
        self.roots.append(leaf)
        complete = self.size
        while complete % 2 == 0:
            right = self.roots.pop()
            self.roots.append(node_hash(self.roots.pop(), right))
            complete //= 2

    def root(self):
        if not self.roots:
            return hashlib.sha256(b"").digest()
        result = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            result = node_hash(left, result)
        return result


# --- Ed25519 验签（RFC 8032 第 6 节的算法；只验签，不签名） ---

P = (1 << 255) - 19
ORDER = (1 << 252) + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add(a, b):
    x = (a[1] - a[0]) * (b[1] - b[0]) % P
    y = (a[1] + a[0]) * (b[1] + b[0]) % P
    z = 2 * a[3] * b[3] * D % P
    t = 2 * a[2] * b[2] % P
    e, f, g, h = y - x, t - z, t + z, y + x
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(public, message, signature):
    key, commitment = point(public), point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or key is None or commitment is None or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = multiply(scalar, BASE), add(commitment, multiply(challenge, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- 日志 ---


def check_head(head, previous):
    """一个日志头自己有什么问题。"""
    text, _, mark = head["note"].partition("\n\n")
    text += "\n"
    _origin, size, root, *rest = text.splitlines()
    said = dict(line.split(" ", 1) for line in rest)
    public = base64.b64decode(head["key"].split("+", 2)[2])[1:]
    signature = base64.b64decode(mark.split(" ")[-1])[4:]
    if not is_signed(public, text.encode(), signature):
        yield "签名不正确"
    if (int(size), base64.b64decode(root).hex(), said["day"]) != (head["size"], head["root"], head["day"]):
        yield "签名的内容与公布的数字不一致"
    if said["previous"].strip("-") != (hashlib.sha256(previous["note"].encode()).hexdigest() if previous else ""):
        yield "没有接在前一个日志头后面"
    if previous and previous["size"] > head["size"]:
        yield "比前一个日志头还短"


def check(fetch, kept, proof, say):
    """核对全部；fetch(路径) 返回网站的 JSON。返回发现的问题数。"""
    problems = 0

    def wrong(text):
        nonlocal problems
        problems += 1
        say("问题：" + text)

    heads = fetch("/log/heads.json")["heads"]
    for number, head in enumerate(heads):
        for problem in check_head(head, heads[number - 1] if number else None):
            wrong(f"{head['day']}的日志头{problem}")
    if len({head["key"] for head in heads}) > 1:
        say("注意：日志换过签名密钥，请向平台核实原因")
    tree, waiting, found = Tree(), sorted(heads, key=lambda head: head["size"]), []
    last = waiting[-1]["size"] if waiting else 0

    def compare():
        while waiting and waiting[0]["size"] == tree.size:
            head = waiting.pop(0)
            if tree.root().hex() != head["root"]:
                wrong(f"{head['day']}的根哈希与前 {head['size']} 条记录不符")

    compare()
    while tree.size < last:
        leaves = fetch(f"/log/leaves.json?start={tree.size}&end={min(tree.size + 1000, last)}")["leaves"]
        if not leaves:
            wrong(f"第 {tree.size} 条以后的记录没有公布")
            break
        for leaf in leaves:
            if leaf["position"] != tree.size:
                wrong(f"缺第 {tree.size} 条记录")
                return problems
            tree.add(leaf_hash(leaf["content"].encode()))
            compare()
            if proof and json.loads(leaf["content"]).get("file") == proof:
                found.append(leaf)
    by_day = {head["day"]: head["note"] for head in heads}
    for name, note in kept:
        days = [line[4:] for line in note.splitlines() if line.startswith("day ")]
        if by_day.get(days[0] if days else "") != note:
            wrong(f"网站现在公布的日志头与保存的 {name} 不一致")
    say(f"共 {len(heads)} 个日志头，{tree.size} 条记录，{problems} 个问题")
    if proof:
        for leaf in found:
            told = json.loads(leaf["content"])
            words = {"issued": "签发", "superseded": "被替代", "revoked": "撤销"}[told["kind"]]
            say(f"这份证明：第 {leaf['position']} 条，{told['on']}{words}")
        if not found:
            wrong("日志里没有这份文件：不是原件，或者签发的当天还没有结束")
    return problems


def main(words):
    if not words or words[0].startswith("-"):
        sys.exit(__doc__)
    try:
        sys.exit(1 if checked(*words) else 0)
    except (OSError, ValueError, LookupError) as error:
        sys.stderr.write(f"没能核对：{error}\n请检查网址、网络和文件名，再试一次\n")
        sys.exit(2)


def checked(site, *more):
    """按命令行的要求核对，返回发现的问题数。"""
    rest = list(more)
    proof = None
    if "--proof" in rest:
        place = rest.index("--proof")
        if place + 1 == len(rest):
            raise ValueError("--proof 后面要写证明文件的名字")
        with open(rest[place + 1], "rb") as file:
            proof = hashlib.sha256(file.read()).hexdigest()
        del rest[place : place + 2]
    kept = []
    for name in rest:
        with open(name, encoding="utf-8", newline="") as note:
            kept.append((name, note.read()))

    def fetch(path):
        # The address that somebody typed on their own machine.
        with urllib.request.urlopen(site.rstrip("/") + path, timeout=60) as answer:  # noqa: S310
            return json.load(answer)

    return check(fetch, kept, proof, print)


if __name__ == "__main__":
    main(sys.argv[1:])
