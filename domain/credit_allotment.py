"""Divides what a year allows among what was earned: which credits count when caps and maxima leave no room for all.

Credits of one form may belong to several subject kinds. If the cap of the form simply cut the latest entry, a new
entry could push professional credits out by public ones and undo a compliance already reached. So the cap cuts first
what no floor needs: as many floors as can be are filled, then as much as can be is counted, earlier entries first.
Thus more credits never make anything worse (P-40). All amounts are tenths.
"""

from collections import deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

Cell = tuple[str, str]
"""A form and a subject kind."""

_NO_LIMIT = 10**12


@dataclass(frozen=True)
class Limits:
    """What a year allows and wants: `parents` of every subject kind, outermost None; `maxima` under None: in all."""

    parents: Mapping[str, str | None]
    caps: Mapping[str, int]
    maxima: Mapping[str | None, int]
    floors: Mapping[str, int]


def allot(supplies: Sequence[tuple[Cell, int]], limits: Limits) -> dict[Cell, int]:
    """How much of each cell counts; `supplies` are the amounts earned, in the order in which they are served."""
    wanted: dict[Cell, int] = {}
    for cell, amount in supplies:
        wanted[cell] = wanted.get(cell, 0) + amount
    if _all_fit(wanted, limits):
        return wanted
    return _Network(supplies, wanted, limits).solve()


def chain(subject: str, parents: Mapping[str, str | None]) -> list[str]:
    """The kind itself and those around it, inside out."""
    found = [subject]
    while (parent := parents[found[-1]]) is not None:
        found.append(parent)
    return found


def figures(amounts: Mapping[str, int], parents: Mapping[str, str | None]) -> dict[str, int]:
    """What each kind holds together with the kinds inside it."""
    sums = dict.fromkeys(parents, 0)
    for subject, amount in amounts.items():
        for each in chain(subject, parents):
            sums[each] += amount
    return sums


def _all_fit(wanted: Mapping[Cell, int], limits: Limits) -> bool:
    by_form: dict[str, int] = {}
    by_subject: dict[str, int] = {}
    for (form, subject), amount in wanted.items():
        by_form[form] = by_form.get(form, 0) + amount
        by_subject[subject] = by_subject.get(subject, 0) + amount
    sums = figures(by_subject, limits.parents)
    return all(by_form.get(form, 0) <= cap for form, cap in limits.caps.items()) and all(
        (sum(wanted.values()) if subject is None else sums[subject]) <= most for subject, most in limits.maxima.items()
    )


class _Network:
    """A flow from the forms through the subject kinds, inside out, to the sink, found by augmenting paths.

    A path to the sink never takes back what has reached the sink by another arc; so a floor once filled stays filled
    while the later, less important arcs are opened one after the other.
    """

    def __init__(self, supplies: Sequence[tuple[Cell, int]], wanted: Mapping[Cell, int], limits: Limits) -> None:
        self.supplies, self.wanted, self.limits = supplies, wanted, limits
        self.room: dict[Hashable, dict[Hashable, int]] = {}
        self.total = 0
        for form, _ in wanted:
            self._open("source", ("form", form), limits.caps.get(form, _NO_LIMIT))
        for (form, subject), amount in wanted.items():
            self._open(("form", form), ("in", subject), amount)
        for subject, parent in limits.parents.items():
            self._open(("in", subject), ("out", subject), limits.maxima.get(subject, _NO_LIMIT))
            if parent is not None:
                self._open(("out", subject), ("in", parent), _NO_LIMIT)

    def solve(self) -> dict[Cell, int]:
        self._fill_floors()
        counted = self._counted()
        for subject, parent in self.limits.parents.items():
            if parent is None:
                # A node of its own, for the arc of the floor joins the same two places.
                self._open(("out", subject), ("rest", subject), _NO_LIMIT)
                self._open(("rest", subject), "sink", _NO_LIMIT)
        # What the floors do not need is served in order: an entry may use its cell only when its turn has come.
        for form, subject in self.wanted:
            self._set_room(("form", form), ("in", subject), 0)
        served = dict.fromkeys(self.wanted, 0)
        for (form, subject), amount in self.supplies:
            cell = (form, subject)
            served[cell] += amount
            used = self.room[("in", subject)][("form", form)]
            self._set_room(("form", form), ("in", subject), max(0, max(served[cell], counted[cell]) - used))
            self._augment()
        return self._counted()

    def _fill_floors(self) -> None:
        """Floors of the innermost kinds first; one around them asks only for what they, once filled, leave open."""
        parents, floors, maxima = self.limits.parents, self.limits.floors, self.limits.maxima
        depths = {subject: len(chain(subject, parents)) for subject in parents}
        asked = dict.fromkeys(parents, 0)
        filled = dict.fromkeys(parents, 0)
        for depth in sorted(set(depths.values()), reverse=True):
            level = [subject for subject in parents if depths[subject] == depth]
            inside = figures(filled, parents)
            for subject in level:
                self._set_room(
                    ("in", subject), ("out", subject), max(0, maxima.get(subject, _NO_LIMIT) - inside[subject])
                )
                # A floor over several years may ask for more than one year may count.
                sums = figures(asked, parents)
                room = [maxima[each] - sums[each] for each in chain(subject, parents) if each in maxima]
                asked[subject] = max(0, min(floors.get(subject, 0) - sums[subject], *room, _NO_LIMIT))
                self._open(("out", subject), "sink", asked[subject])
            self._augment()
            for subject in level:
                filled[subject] = self.room["sink"][("out", subject)]

    def _counted(self) -> dict[Cell, int]:
        return {(form, subject): self.room[("in", subject)][("form", form)] for form, subject in self.wanted}

    def _open(self, start: Hashable, end: Hashable, capacity: int) -> None:
        self.room.setdefault(start, {})[end] = capacity
        self.room.setdefault(end, {}).setdefault(start, 0)

    def _set_room(self, start: Hashable, end: Hashable, capacity: int) -> None:
        self.room[start][end] = capacity

    def _augment(self) -> None:
        most = self.limits.maxima.get(None, _NO_LIMIT)
        while self.total < most and (path := self._path()):
            push = min(most - self.total, *(self.room[start][end] for start, end in path))
            for start, end in path:
                self.room[start][end] -= push
                self.room[end][start] += push
            self.total += push

    def _path(self) -> list[tuple[Hashable, Hashable]]:
        """The shortest way from source to sink that has room, the same for the same question."""
        came_from: dict[Hashable, Hashable] = {"source": None}
        waiting: deque[Hashable] = deque(["source"])
        while waiting:
            here = waiting.popleft()
            for there, room in self.room.get(here, {}).items():
                if room <= 0 or there in came_from:
                    continue
                came_from[there] = here
                if there == "sink":
                    return _steps_back(came_from)
                waiting.append(there)
        return []


def _steps_back(came_from: Mapping[Hashable, Hashable]) -> list[tuple[Hashable, Hashable]]:
    steps: list[tuple[Hashable, Hashable]] = []
    end: Hashable = "sink"
    while end != "source":
        steps.append((came_from[end], end))
        end = came_from[end]
    return steps
