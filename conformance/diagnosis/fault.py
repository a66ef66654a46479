"""What is wrong with a sequence of calls: found by making it and knowing the right answers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from conformance import oracle
from conformance.cases.case import Array, Case, given
from conformance.contract import Implementation, one_line
from conformance.diagnosis.steps import Call, Edit, Live, Step
from conformance.features import TYPES
from conformance.handover import attempt, is_plain, lent_writable, unlock
from conformance.nonconformance import native
from reference.forward import Forward, forward
from reference.indices import offset
from reference.pool import Pool

LOOPS = 20_000
"""Up to so many taps are walked through by the loops of the reference."""
ALTERNATIVES = 8
"""With more right answers to choose from, none is written down."""
Kinds = tuple[type[BaseException], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Fault:
    """What is wrong, and at which step."""

    kind: str
    """answer, sign, raised, accepted, refusal, written, rewritten or shared."""
    at: int
    """The place of the step in the list."""
    expected: tuple[Array, ...] = ()
    """The right answers: several where SPEC.md leaves it open."""
    got: object = None
    kinds: Kinds = ()
    """What the call may be refused with."""
    names: tuple[str, ...] = ()
    """The arrays that are concerned."""
    locked: tuple[str, ...] = ()
    """The arrays that a call made read-only."""
    places: tuple[int, ...] = ()
    """The row-major places of zeros that have the wrong sign."""


@dataclass(frozen=True, slots=True)
class Right:
    """The right answers to a forward call and to what follows from it."""

    x: Array
    pool: Pool
    found: Forward | None
    answer: oracle.Answer | None
    """Of the witness, where the call is too large for loops."""
    is_plain: bool
    """Whether the input is in native byte order and aligned."""


@dataclass(slots=True)
class Stage:
    """Where steps are made: the arrays and what forward saved, by name and number."""

    implementation: Implementation
    live: dict[str, Live] = field(default_factory=dict)
    saved: dict[int, Any] = field(default_factory=dict)
    right: dict[int, Right] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    """The arrays that a call has made read-only; their caller makes them writable again."""
    given: dict[object, Array] = field(default_factory=dict)
    """What a call that was made before came to."""


def perform(implementation: Implementation, steps: Sequence[Step]) -> Fault | None:
    """Make the steps and return the first thing that is wrong; None where nothing is."""
    stage = Stage(implementation)
    for place, step in enumerate(steps):
        if isinstance(step, Edit):
            _edit(stage, step)
            continue
        found = _call(stage, step, place)
        if found is not None:
            return replace(found, locked=tuple(sorted(stage.locked)))
    return _shared(stage, steps)


def _edit(stage: Stage, step: Edit) -> None:
    live = stage.live.get(step.name)
    if live is not None and live.array.shape == step.values.shape and live.array.flags.writeable:
        live.array[...] = step.values
        for one in stage.live.values():
            one.look()


def _call(stage: Stage, step: Call, place: int) -> Fault | None:
    if step.given is not None:
        array = step.given.laid_out()
        stage.live[step.name] = Live(step.name, array, None)
        stage.live[step.name].look()
    if step.method != "forward" and step.of not in stage.saved:
        return None
    arguments = _arguments(stage, step)
    kinds = _prepared(stage, step, arguments)
    lent = lent_writable(step.method, arguments[0])
    outcome = attempt(lambda: getattr(stage.implementation.subject, step.method)(*arguments))
    if lent is not None and not lent.flags.writeable:
        stage.locked.add(step.name)
        unlock(lent)
    fault = _judged(stage, step, place, outcome.value, outcome.raised, kinds)
    changed = [one for one in stage.live.values() if one.changed]
    for one in stage.live.values():
        one.look()
    if fault is None and changed:
        kind = "written" if changed[0].name == step.name else "rewritten"
        fault = Fault(kind, place, kinds=kinds, names=(changed[0].name,))
    if fault is None and outcome.raised is None:
        _keep(stage, step, outcome.value)
    return fault


def _is_declined(stage: Stage, step: Call, raised: BaseException) -> bool:
    """Return whether a legal call was refused that may be, for how its arrays lie in memory."""
    of_dy = step.method == "backward" and not stage.live[step.name].array.flags.aligned
    is_open = of_dy or not stage.right[step.of].is_plain
    return is_open and isinstance(raised, stage.implementation.every_refusal)


def _arguments(stage: Stage, step: Call) -> tuple[Any, ...]:
    array = stage.live[step.name].array if step.name else None
    if step.method == "forward":
        return array, step.pool
    saved = stage.saved[step.of]
    return (saved,) if step.method == "indices" else (array, saved)


def _prepared(stage: Stage, step: Call, arguments: tuple[Any, ...]) -> Kinds:
    """Work the right answer out before the call; return what it may be refused with, if so."""
    who, x = stage.implementation, arguments[0]
    if step.method == "forward":
        kinds = _refusals(who, x, step.pool)
        if not kinds and step.pool is not None:
            stage.right[step.number] = _right(who, x, step.pool)
        return kinds
    if step.method == "backward":
        y = stage.right[step.of]
        if y.x.dtype.kind in "iub":
            return who.every_refusal
        shape = oracle.output_shape(y.x.shape, y.pool, who.dialect)
        return () if x.shape == shape else who.errors
    return ()


def _refusals(who: Implementation, x: Array, pool: Pool | None) -> Kinds:
    """Return what a forward call is to be refused with; nothing where it is to be answered."""
    invalid: Kinds = who.errors
    if pool is None or x.dtype.name not in TYPES:
        return (*invalid, NotImplementedError)
    lacking = who.lacking(x.shape, x.dtype.name, pool)
    if not oracle.legal(x.shape, pool, who.dialect):
        return (*invalid, NotImplementedError) if lacking else invalid
    if lacking:
        return (NotImplementedError, *(invalid if "unbatched" in lacking else ()))
    return ()


def _right(who: Implementation, lent: Array, pool: Pool) -> Right:
    x, plain = np.array(native(lent)), is_plain(lent)
    case = Case("step", pool, x.shape, given(x), x.dtype.name)
    if oracle.taps(case, who.dialect) <= LOOPS:
        return Right(x, pool, forward(x, pool, who.dialect), None, plain)
    return Right(x, pool, None, oracle.compute(case, 0, who.dialect, loops=False), plain)


def _judged(  # noqa: PLR0913, PLR0917 - what a call came to
    stage: Stage,
    step: Call,
    place: int,
    value: object,
    raised: BaseException | None,
    kinds: Kinds,
) -> Fault | None:
    if kinds:
        if raised is None:
            return Fault("accepted", place, kinds=kinds)
        if not isinstance(raised, kinds):
            return Fault("refusal", place, got=one_line(raised), kinds=kinds)
        return None
    if raised is not None:
        declined = _is_declined(stage, step, raised)
        return None if declined else Fault("raised", place, got=one_line(raised))
    result = value
    if step.method == "forward":
        pair = isinstance(value, tuple | list) and len(value) == len(("y", "saved"))
        result = value[0] if pair else None  # type: ignore[index] # a pair
    expected = _answers(stage, step) or _earlier(stage, step, result)
    if expected and not any(right(one, result) for one in expected):
        return Fault("answer", place, expected=expected, got=result)
    signs = _signs(stage, step, expected, result) if expected else ()
    return Fault("sign", place, expected=expected, got=result, places=signs) if signs else None


def _signs(stage: Stage, step: Call, expected: Sequence[Array], got: Any) -> tuple[int, ...]:  # noqa: ANN401
    """Return where a zero has a sign that nothing leaves open."""
    known = stage.right[step.of]
    if known.found is None or expected[0].dtype.kind in "iub" or step.method == "indices":
        return ()
    values = native(got)
    minus = np.signbit(values.astype(np.float64)) & (values == 0)
    if step.method == "backward":
        won = np.zeros(known.x.shape, bool)
        places = np.ndindex(known.found.y.shape)
        for place, largest in zip(places, known.found.largest, strict=True):
            for position in largest:
                won[place[: -known.pool.rank] + position] = True
        return tuple(int(i) for i in np.flatnonzero(minus & ~won))
    wrong = []
    for number, (place, largest) in enumerate(
        zip(np.ndindex(known.found.y.shape), known.found.largest, strict=True)
    ):
        there = {bool(np.signbit(known.x[place[: -known.pool.rank] + one])) for one in largest}
        if known.found.y[place] == 0 and bool(np.signbit(values[place])) not in there:
            wrong.append(number)
    return tuple(wrong)


def right(expected: Array, got: object) -> bool:
    """Return whether a result is this answer: its form, and its values but for signs of zero."""
    if not isinstance(got, np.ndarray) or got.shape != expected.shape:
        return False
    if native(got).dtype != expected.dtype:
        return False
    return bool(np.array_equal(native(got), expected, equal_nan=expected.dtype.kind not in "iub"))


def _keep(stage: Stage, step: Call, value: Any) -> None:  # noqa: ANN401 - foreign
    result = value
    if step.method == "forward" and isinstance(value, tuple | list) and len(value) > 1:
        result, stage.saved[step.number] = value[0], value[1]
    if isinstance(result, np.ndarray):
        stage.live[step.result] = Live(step.result, result, None)
        stage.live[step.result].look()


def _answers(stage: Stage, step: Call) -> tuple[Array, ...]:
    """Return the right answers to a step; none where there are too many, or none is exact."""
    known, who = stage.right.get(step.of), stage.implementation
    if known is None or known.found is None:
        return _of_witness(known, step, stage) if known else ()
    if step.method == "forward":
        return (known.found.y,)
    ways = math.prod(max(1, len(winners)) for winners in known.found.winners)
    if ways > ALTERNATIVES:
        return ()
    lists: list[list[Any]] = [[*winners] or [None] for winners in known.found.winners]
    chosen = [list(way) for way in itertools.product(*lists)]
    if step.method == "indices":
        return tuple(_index(known, way, who) for way in chosen)
    dy = stage.live[step.name].before.astype(np.float64)
    if not _exact(dy, known.x.dtype):
        return ()
    gradients = [_dx(known, way, dy, who) for way in chosen]
    return tuple({one.tobytes(): one for one in gradients}.values())


def _of_witness(known: Right, step: Call, stage: Stage) -> tuple[Array, ...]:
    answer, who = known.answer, stage.implementation
    if answer is not None and step.method == "forward":
        return (answer.y,)
    if answer is None or (answer.contenders != 1).any():
        return ()
    if step.method == "indices":
        return (oracle.named(answer.plane_index, known.x.shape, known.pool.rank, who.dialect),)
    dy = stage.live[step.name].before
    if not _exact(dy.astype(np.float64), known.x.dtype) or who.dialect.gradient_ties != "winner":
        return ()
    planes = math.prod(known.x.shape[: -known.pool.rank])
    sums = np.zeros((planes, math.prod(known.x.shape[-known.pool.rank :])))
    target = answer.plane_index.reshape(planes, -1)
    np.add.at(sums, (np.arange(planes)[:, None], target), dy.reshape(planes, -1).astype(float))
    return (sums.astype(known.x.dtype).reshape(known.x.shape),)


def _earlier(stage: Stage, step: Call, result: object) -> tuple[Array, ...]:
    """Return what the same call came to before, where only that can be compared with."""
    if not step.name or not isinstance(result, np.ndarray):
        return ()
    array = stage.live[step.name].before
    call = step.method, step.of, array.shape, array.dtype.str, array.tobytes()
    known = stage.given.setdefault(call, result.copy())
    return (known,)


def _exact(dy: Array, dtype: np.dtype[Any]) -> bool:
    """Return whether sums of these numbers are the same in any order; a rounded one is not.

    They are where all are whole multiples of one power of two, and not too large ones.
    """
    sizes = np.abs(dy[np.isfinite(dy) & (dy != 0)])
    if not sizes.size:
        return True
    spare, most = (33, 2.0**40) if dtype == np.float64 else (3, 2.0**20)
    unit = 2.0 ** (np.frexp(sizes.min())[1] - 1 - spare)
    return not (sizes / unit % 1).any() and bool(sizes.max() / unit <= most)


def _index(known: Right, way: Sequence[Any], who: Implementation) -> Array:
    assert known.found is not None  # noqa: S101 - asked before
    index = np.empty(known.found.y.shape, np.dtype(who.dialect.index_type))
    for place, winner in zip(np.ndindex(index.shape), way, strict=True):
        plane = place[: -known.pool.rank]
        index[place] = -1 if winner is None else offset(winner, plane, known.x.shape, who.dialect)
    return index


def _dx(known: Right, way: Sequence[Any], dy: Array, who: Implementation) -> Array:
    assert known.found is not None  # noqa: S101 - asked before
    dx, ties = np.zeros(known.x.shape), who.dialect.gradient_ties
    for number, (place, winner) in enumerate(zip(np.ndindex(dy.shape), way, strict=True)):
        own = () if winner is None else (winner,)
        to = own if ties == "winner" else known.found.largest[number]
        share = dy[place] / max(1, len(to)) if ties == "split" else dy[place]
        for position in to:
            dx[place[: -known.pool.rank] + position] += share
    return dx.astype(known.x.dtype)


def _shared(stage: Stage, steps: Sequence[Step]) -> Fault | None:
    """Return which result shares memory with an argument."""
    results = [one for name, one in stage.live.items() if name[0] in "yi" or name[:2] == "dx"]
    given_ = [one for one in stage.live.values() if one not in results]
    for result, argument in itertools.product(results, given_):
        if np.shares_memory(result.array, argument.array):
            return Fault("shared", len(steps) - 1, names=(result.name, argument.name))
    return None
