"""Hash trees: the vectors of the RFC's authors, and every proof of every small tree, true and bent."""

import hashlib
from collections.abc import Sequence
from itertools import pairwise

import pytest

from domain import merkle

# From the reference implementation of certificate transparency: eight inputs and the root after each.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [merkle.leaf_hash(bytes.fromhex(text)) for text in INPUTS]
MOST = 20


def plain_root(leaves: Sequence[bytes]) -> bytes:
    """The definition of the RFC, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + plain_root(leaves[:k]) + plain_root(leaves[k:])).digest()


def many(count: int) -> list[bytes]:
    return [merkle.leaf_hash(b"leaf %d" % number) for number in range(count)]


def test_the_vectors_of_the_reference_implementation() -> None:
    assert merkle.root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert [merkle.root_of(LEAVES[: n + 1]).hex() for n in range(8)] == ROOTS


def test_a_path_of_the_reference_implementation() -> None:
    path = merkle.inclusion_path(0, 8, lambda start, end: plain_root(LEAVES[start:end]))
    assert [step.hex() for step in path] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


@pytest.mark.parametrize("size", range(70))
def test_a_growing_tree_has_the_root_of_the_definition(size: int) -> None:
    assert merkle.root_of(many(size)) == plain_root(many(size))


def test_every_leaf_of_every_small_tree_is_proved_and_no_other_passes_for_it() -> None:
    for size in range(1, MOST + 1):
        leaves = many(size)
        root = plain_root(leaves)
        for index in range(size):
            path = merkle.inclusion_path(index, size, lambda start, end, all_=leaves: plain_root(all_[start:end]))
            assert merkle.is_included(leaves[index], index, size, path, root)
            assert not merkle.is_included(merkle.leaf_hash(b"another"), index, size, path, root)
            assert not any(
                merkle.is_included(leaves[index], other, size, path, root) for other in range(size) if other != index
            )
            assert not merkle.is_included(leaves[index], index, size, [*path, root], root)
            assert not path or not merkle.is_included(leaves[index], index, size, path[:-1], root)
            assert not merkle.is_included(leaves[index], size, size, path, root)


def test_every_tree_is_proved_to_begin_with_every_smaller_one() -> None:
    for new in range(1, MOST + 1):
        leaves = many(new)
        for old in range(1, new + 1):
            path = merkle.consistency_path(old, new, lambda start, end, all_=leaves: plain_root(all_[start:end]))
            roots = plain_root(leaves[:old]), plain_root(leaves)
            assert merkle.is_consistent(old, roots[0], new, roots[1], path)
            if old == new:
                continue
            changed = plain_root([merkle.leaf_hash(b"rewritten"), *leaves[1:old]])
            assert not merkle.is_consistent(old, changed, new, roots[1], path)
            assert not merkle.is_consistent(old, roots[0], new, merkle.leaf_hash(b"other"), path)
            assert not merkle.is_consistent(old, roots[0], new, roots[1], path[:-1])
            assert not merkle.is_consistent(old, roots[0], new, roots[1], [*path, roots[0]])


def test_a_tree_that_was_rewritten_has_no_path_from_the_old_one() -> None:
    """Whoever rewrites history and computes an honest path over it is caught by the root others kept."""
    true, false = many(13), [*many(4), merkle.leaf_hash(b"rewritten"), *many(13)[5:]]
    kept = plain_root(true[:9])
    path = merkle.consistency_path(9, 13, lambda start, end: plain_root(false[start:end]))
    assert not merkle.is_consistent(9, kept, 13, plain_root(false), path)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_no_path_to_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(IndexError):
        merkle.inclusion_path(index, size, lambda _start, _end: b"")


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3)])
def test_no_path_between_trees_that_cannot_follow_each_other(old: int, new: int) -> None:
    with pytest.raises(IndexError):
        merkle.consistency_path(old, new, lambda _start, _end: b"")
    assert not merkle.is_consistent(old, b"", new, b"", [])


def test_the_path_of_a_large_tree_is_short() -> None:
    asked: list[tuple[int, int]] = []

    def subtree(start: int, end: int) -> bytes:
        asked.append((start, end))
        return bytes(32)

    assert len(merkle.inclusion_path(123_456, 1_000_000, subtree)) <= 20
    assert all(first != second for first, second in pairwise(sorted(asked)))
