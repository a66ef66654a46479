"""Whether one implementation can stand in for another: the calls on which they differ."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from conformance.cases.case import Array, Case
from conformance.cases.invalid import mentioned
from conformance.clauses import clauses
from conformance.findings import pool_json
from conformance.identify.account import arguments, replies, who
from conformance.identify.ascription import (
    Scene,
    about_gradient,
    about_indices,
    about_refusal,
    about_shape,
    about_values,
)
from conformance.identify.examination import Progress
from conformance.identify.interview import AT_ONCE, Call, Interview, call_of, call_with, spoken
from conformance.identify.observation import ENDED, Kind, Observation
from conformance.identify.wording import array_words, call_words, listed, reply_words
from conformance.isolation.preflight import Passport
from conformance.nonconformance import NonconformanceError, native, same_bits
from conformance.oracle import legal, output_shape
from conformance.quiet import quiet
from conformance.shrink import smaller
from conformance.verdict import Json
from reference.dialect import DEFAULT, Dialect
from reference.pool import Pool

KEPT = 400
"""A finding of a larger input is not made smaller: its calls are not cheap."""
NAMED = 3
"""Of the features that only one side offers, so many are written out."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One call on which two implementations differ, by one clause."""

    clause: str
    aspect: str
    """`refusal`, `process`, `form`, `values`, `indices` or `gradient`."""
    case: Case
    pair: tuple[Observation, Observation]
    note: str
    place: tuple[int, ...] | None = None

    @property
    def size(self) -> tuple[bool, int, int, str]:
        """Return by what differences are ordered: the smallest first, those of nothing last."""
        elements = math.prod(self.case.shape)
        return elements == 0, elements, len(self.case.id), self.case.id


class Comparison:
    """Two implementations that are asked the same."""

    def __init__(self, one: Interview, other: Interview, tier: str, seed: int) -> None:
        """Take who is to stand in for whom, and by which cases they are compared.

        Raises:
            UnusableError: one of them cannot be imported.
        """
        self.sides = one, other
        self.tier, self.seed = tier, seed
        self.passports = one.passport(), other.passport()
        self.dialects = [_dialect(passport) for passport in self.passports]
        self._claims = frozenset(self.passports[0].claims)
        self.calls = 0

    def cases(self) -> list[Case]:
        """Return the cases of the suite that need only what the other one claims."""
        from conformance.cases.manifest import listed as listed_cases  # it imports every check

        claims = frozenset(self.passports[1].claims)
        with quiet():
            return [case for case in listed_cases(self.tier).values() if _asks(case) <= claims]

    def differences(self, progress: Progress) -> list[Difference]:
        """Return where the two differ, in the order of the cases."""
        cases, found = self.cases(), []
        for start in range(0, len(cases), AT_ONCE):
            several = cases[start : start + AT_ONCE]
            calls = [call_of(case, self.tier, self.seed) for case in several]
            for case, pair in zip(several, self._asked(calls), strict=True):
                found += list(self._between(case, pair))
            progress(start + len(several), len(cases))
        self.calls = len(cases)
        return found

    def _asked(self, calls: Sequence[Call]) -> list[tuple[Observation, Observation]]:
        """Return what both come to; they work at the same time."""
        for side in self.sides:
            side.put(calls)
        one, other = (side.take(calls) for side in self.sides)
        return list(zip(one, other, strict=True))

    def _between(self, case: Case, pair: tuple[Observation, Observation]) -> Iterator[Difference]:
        with quiet():
            if pair[0].forward.answered and pair[1].forward.answered:
                parted = _parted(case, self.seed, pair, self.dialects)
            else:
                said = spoken(case.pool, self._claims) == case.pool
                parted = _one_answers(case, pair, claimed=said)
            for aspect, clause, note, place in parted:
                yield Difference(clause, aspect, case, pair, note, place)

    def shrunk(self, found: Difference) -> Difference:
        """Return the same difference on a smaller call, if one is found quickly."""
        case = found.case
        regular = legal(case.shape, case.pool, DEFAULT) and 0 not in case.shape
        if not regular or math.prod(case.shape) > KEPT or found.aspect == "process":
            return found
        best = {found.case.id: found}

        def still(case: Case) -> NonconformanceError | None:
            x = case.x(self.seed)
            dy = _gradient_for(found, case, self.seed)
            call = call_with(x, case.pool, dy, ("indices", "backward"))
            for one in self._between(case, self._asked([call])[0]):
                if (one.clause, one.aspect) == (found.clause, found.aspect):
                    best[case.id] = one
                    return NonconformanceError("", "", one.note, one.place)
            return None

        with quiet():
            error = NonconformanceError("", "", found.note, found.place)
            case, _ = smaller(found.case, error, still, self.seed)
        return best[case.id]


def compared(one: Interview, other: Interview, tier: str, seed: int, progress: Progress) -> Json:
    """Return, as JSON values, whether `one` can stand in for `other`.

    Raises:
        UnusableError: one of them cannot be imported.
    """
    comparison = Comparison(one, other, tier, seed)
    found = comparison.differences(progress)
    grouped: dict[str, list[Difference]] = defaultdict(list)
    for difference in sorted(found, key=lambda one: one.size):
        grouped[difference.clause].append(difference)
    groups = [(comparison.shrunk(group[0]), group) for group in grouped.values()]
    groups.sort(key=lambda shrunk: shrunk[0].size)
    return {
        "question": "against",
        "implementation": who(comparison.passports[0]),
        "against": who(comparison.passports[1]),
        "tier": tier,
        "seed": seed,
        "calls": comparison.calls,
        "differing": len({one.case.id for one in found}),
        "left_out": list(_left_out(comparison)),
        "differences": [_group(one, group, comparison.seed) for one, group in groups],
    }


def _left_out(comparison: Comparison) -> Iterator[str]:
    one, other = (frozenset(passport.claims) for passport in comparison.passports)
    more, less = sorted(one - other), sorted(other - one)
    first, second = (passport.name for passport in comparison.passports)
    if more:
        yield f"not asked, because {second} does not claim it: {_some(more)}"
    if less:
        yield f"{first} does not claim: {_some(less)}"
    yield "memory layouts, threads and repeated calls are not compared; `poolproof run` judges them"


def _some(names: Sequence[str]) -> str:
    left = len(names) - NAMED
    return listed([*names[:NAMED], f"{left} more"]) if left > 1 else listed(names)


def _group(found: Difference, group: Sequence[Difference], seed: int) -> Json:
    """Return the differences by one clause, of which `found` is the one that is shown."""
    case, pool, clause = found.case, found.case.pool, found.clause
    with quiet():
        x = case.x(seed)
    words = f"x = {array_words(x, pool.rank)} {case.dtype}, {call_words(pool)}"
    known = clauses().get(clause)
    dy = _gradient_for(found, case, seed) if found.aspect == "gradient" else None
    return {
        "clause": clause,
        "sentence": known.sentence if known else "",
        "count": len({one.case.id for one in group}),
        "aspects": dict(Counter(one.aspect for one in group)),
        "case": case.id,
        "words": words if dy is None else f"{words}, dy = {array_words(dy, pool.rank)}",
        "pool": pool_json(pool),
        "arguments": arguments(x, dy),
        "implementation": _told(found.pair[0], found.aspect, pool),
        "against": _told(found.pair[1], found.aspect, pool),
        "replies": [replies(one, pool) for one in found.pair],
        "note": found.note,
        "cases": [one.case.id for one in group],
    }


def _told(seen: Observation, aspect: str, pool: Pool) -> str:
    """Return what one side did, in a line."""
    names = {"indices": ("indices", seen.indices), "gradient": ("dx", seen.backward)}
    name, reply = names.get(aspect, ("y", seen.forward))
    words = reply_words(reply, pool.rank)
    shape = f" {reply.array.dtype}, shape {reply.array.shape}" if reply.array is not None else ""
    return f"{name} = {words}{shape if aspect == 'form' else ''}" if reply.answered else words


def _dialect(passport: Passport) -> Dialect:
    declared = {name.replace("-", "_"): value for name, value in passport.dialect.items()}
    return Dialect(**declared)


def _asks(case: Case) -> frozenset[str]:
    """Return the features that a case mentions, also where it is an invalid call."""
    if re.match(r"error\.", case.id):
        return mentioned(case)
    return case.needs


def _gradient_for(found: Difference, case: Case, seed: int) -> Array | None:
    """Return the output gradient that was sent with a case; None where there was no output."""
    shapes = [one.forward.array.shape for one in found.pair if one.forward.array is not None]
    if not shapes or case.dtype not in {"float16", "bfloat16", "float32", "float64"}:
        return None
    if not legal(case.shape, case.pool, DEFAULT):
        return None
    return case.dy(output_shape(case.shape, case.pool), seed)


Parted = tuple[str, str, str, tuple[int, ...] | None]


def _parted(
    case: Case, seed: int, pair: tuple[Observation, Observation], dialects: Sequence[Dialect]
) -> Iterator[Parted]:
    """Yield (aspect, clause, note, place) for each way in which two answers differ."""
    one, other = pair
    scene = Scene(case.x(seed), case.pool)
    different = list(_values_parted(scene, one, other))
    if different:
        yield from different
        return
    yield from _indices_parted(scene, one, other, dialects)
    yield from _gradients_parted(scene, one, other)


def _one_answers(
    case: Case, pair: tuple[Observation, Observation], *, claimed: bool
) -> Iterator[Parted]:
    """Yield the difference where one side answers, or ends its process, and the other does not."""
    one, other = pair[0].forward, pair[1].forward
    if one.answered == other.answered and (one.kind in ENDED) == (other.kind in ENDED):
        return
    unclaimed = not claimed or Kind.UNCLAIMED in {one.kind, other.kind}
    clause = about_refusal(case.shape, case.dtype, case.pool, unclaimed=unclaimed)
    aspect = "process" if {one.kind, other.kind} & ENDED else "refusal"
    yield aspect, clause, "one of them answers and the other does not", None


def _values_parted(scene: Scene, one: Observation, other: Observation) -> Iterator[Parted]:
    if one.forward.digest == other.forward.digest:
        return
    y, z = one.forward.array, other.forward.array
    if y is None or z is None:
        yield "values", "value.maximum", "the outputs are too large to be looked at", None
    elif y.shape != z.shape:
        yield "form", about_shape(scene, (y.shape, z.shape)), "the shapes differ", None
    elif y.dtype != z.dtype:
        yield "form", "result.type", f"the dtypes are {y.dtype} and {z.dtype}", None
    else:
        place = _first(~same_bits(y, z))
        yield "values", about_values(scene, place, y, z), _at(place), place


def _indices_parted(
    scene: Scene, one: Observation, other: Observation, dialects: Sequence[Dialect]
) -> Iterator[Parted]:
    if other.indices.kind is Kind.SILENT or one.indices.digest == other.indices.digest:
        return  # what the other one does not offer, it need not do
    i, j, y = one.indices.array, other.indices.array, one.forward.array
    if one.indices.answered != other.indices.answered:
        clause = "refusal.unclaimed" if one.indices.kind is Kind.SILENT else "index.form"
        yield "indices", clause, "one of them has indices and the other has not", None
    elif i is None or j is None or y is None:
        if one.indices.answered:
            yield "indices", "index.large", "the indices are too large to be looked at", None
    elif i.shape != j.shape or i.shape != y.shape:
        yield "indices", "index.form", f"the shapes are {i.shape} and {j.shape}", None
    elif {i.dtype.kind, j.dtype.kind} - set("iu"):
        yield "indices", "index.form", f"the dtypes are {i.dtype} and {j.dtype}", None
    elif (i != j).any():
        place = _first(i != j)
        clause = about_indices(scene, place, y, (int(i[place]), int(j[place])), dialects)
        yield "indices", clause, _at(place), place
    elif i.dtype != j.dtype:
        yield "indices", "index.form", f"the dtypes are {i.dtype} and {j.dtype}", None


def _gradients_parted(scene: Scene, one: Observation, other: Observation) -> Iterator[Parted]:
    if other.backward.kind is Kind.SILENT or one.backward.digest == other.backward.digest:
        return
    d, e, y = one.backward.array, other.backward.array, one.forward.array
    if one.backward.answered != other.backward.answered:
        clause = "refusal.unclaimed" if one.backward.kind is Kind.SILENT else "grad.form"
        yield "gradient", clause, "one of them has a gradient and the other has not", None
    elif d is None or e is None or y is None:
        if one.backward.answered:
            yield "gradient", "grad.winner", "the gradients are too large to be looked at", None
    elif d.shape != e.shape or d.dtype != e.dtype:
        forms = f"{d.dtype} {d.shape} and {e.dtype} {e.shape}"
        yield "gradient", "grad.form", f"the gradients are {forms}", None
    else:
        wrong = ~(same_bits(d, e) | (native(d) == native(e)))  # the sign of a zero is open
        if wrong.any():
            place = _first(wrong)
            clause = about_gradient(scene, place, y.shape[scene.lead :])
            yield "gradient", clause, _at(place), place


def _first(wrong: Array) -> tuple[int, ...]:
    return tuple(int(each) for each in np.argwhere(wrong)[0])


def _at(place: tuple[int, ...]) -> str:
    return f"they differ first at {list(place)}"
