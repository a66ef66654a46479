"""Calls that a search draws: odd combinations of rank, parameters, sizes, types and values.

Hypothesis draws them, in blocks that depend on the seed and on nothing else. Those of the seed
0 are kept in `conformance/data/search.txt`: a run then neither pays for importing Hypothesis
nor depends on its version, so that the ids can be permanent. For any other seed calls are
drawn when they are needed. To make a failing call small is left
to `conformance.shrink`, which knows what is plain in pooling, and works across processes.

`python -m conformance.cases.search` writes search.txt anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from conformance.cases.case import Array, Case, dtype_of
from conformance.cases.typed import magnitudes
from conformance.cases.types import extremes
from conformance.features import INTEGERS, TYPES
from conformance.oracle import legal
from reference.dialect import DEFAULT
from reference.geometry import extent, same_padding
from reference.pool import AUTO_PADS, Pool

FILE = "search.txt"
BLOCK = 200
"""Draws that belong together. Hypothesis often changes a detail of what it drew before: of
calls with the same kernel_size and stride the first is kept."""
BLOCKS = {"smoke": 2, "default": 2, "deep": 10}
"""How many blocks each tier draws from."""
SMOKE_STEP = 8
"""The smoke tier takes every so manieth call of its blocks."""
ELEMENTS, TAPS = 4000, 40_000
"""The most elements of an input, and about the most taps of all its windows."""
FLOAT_FILLS = ("distinct", "negative", "levels", "nan", "specials", "zeros", "magnitudes", "least")
INTEGER_FILLS = ("distinct", "levels", "extremes", "least")


@dataclass(frozen=True, slots=True)
class Call:
    """A drawn call, as a line of the file holds it."""

    dtype: str
    fill: str
    shape: tuple[int, ...]
    pool: Pool

    def __str__(self) -> str:
        """Return the line."""
        pool = self.pool
        pads = "x".join(f"{begin}-{end}" for begin, end in pool.padding)
        parts = [self.dtype, self.fill, by_x(self.shape), by_x(pool.kernel_size)]
        parts += [by_x(pool.stride), pads, by_x(pool.dilation)]
        return " ".join([*parts, "ceil" if pool.ceil_mode else "floor", pool.auto_pad])

    @classmethod
    def read(cls, line: str) -> Call:
        """Return the call of a line.

        Raises:
            ValueError: the line is not one that a call writes.
        """
        dtype, fill, shape, k, s, pads, d, rounding, word = line.split()
        pairs = tuple((begin, end) for begin, end in map(_pair, pads.split("x")))
        pool = Pool(_of_x(k), _of_x(s), pairs, _of_x(d), rounding == "ceil", word)
        return cls(dtype, fill, _of_x(shape), pool)


def by_x(numbers: tuple[int, ...]) -> str:
    """Return numbers as a call in few letters has them: 2x3."""
    return "x".join(map(str, numbers))


def _of_x(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("x"))


def _pair(text: str) -> tuple[int, int]:
    begin, end = text.split("-")
    return int(begin), int(end)


@cache
def cases(seed: int, tier: str) -> tuple[Case, ...]:
    """Return the calls of a tier for a seed, as cases `search.SEED.NUMBER`."""
    found = []
    for block in range(BLOCKS[tier]):
        for place, call in enumerate(_block(seed, block)):
            number = block * BLOCK + place
            first = "deep" if block >= BLOCKS["default"] else "default"
            first = "smoke" if first == "default" and number % SMOKE_STEP == 1 else first
            name, fill = f"search.{seed}.{number}", FILLS[call.fill]
            found.append(Case(name, call.pool, call.shape, fill, call.dtype, first))
    return tuple(found)


@cache
def _block(seed: int, block: int) -> tuple[Call, ...]:
    return _kept()[block] if seed == 0 else drawn(seed, block)


@cache
def _kept() -> tuple[tuple[Call, ...], ...]:
    text = resources.files("conformance.data").joinpath(FILE).read_text("utf-8")
    blocks = text.split("# block ")[1:]
    return tuple(tuple(map(Call.read, block.splitlines()[1:])) for block in blocks)


def drawn(seed: int, block: int) -> tuple[Call, ...]:
    """Draw a block of calls with Hypothesis; equal arguments draw equal calls."""
    import hypothesis  # a heavy import that other seeds alone need
    from hypothesis import strategies

    found: dict[object, Call] = {}

    @hypothesis.seed(seed * 1009 + block)
    @hypothesis.settings(
        max_examples=BLOCK,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(strategies.data())
    def draw(data: Any) -> None:  # noqa: ANN401 - what Hypothesis hands over
        call = _call(lambda *bounds: data.draw(strategies.integers(*bounds)))
        hypothesis.assume(call is not None)
        assert call is not None  # noqa: S101 - for the type checker
        found.setdefault((call.pool.kernel_size, call.pool.stride), call)

    draw()
    return tuple(found.values())


Number = Callable[[int, int], int]


def _call(number: Number) -> Call | None:
    """Return a call made of whole numbers, each drawn between two bounds; None if it is illegal."""
    rank = (2, 2, 2, 1, 3)[number(0, 4)]
    word = AUTO_PADS[max(0, number(0, 7) - 5)]
    ceil_mode = word == "explicit" and number(0, 3) == 1
    axes = [_axis(number, word, widest=(40, 20, 8)[rank - 1]) for _ in range(rank)]
    n, k, s, pads, d = (tuple(part) for part in zip(*axes, strict=True))
    pool = Pool(k, s, pads, d, ceil_mode, word)
    room = max(1, ELEMENTS // math.prod(n))
    channels = number(1, min(40, room))
    lead = (
        (channels,)
        if number(0, 5) == 1
        else (number(1, max(1, min(5, room // channels))), channels)
    )
    dtype = ("float32", "float64", *TYPES)[number(0, 59) % (len(TYPES) + 2)]
    fills = FLOAT_FILLS if dtype not in INTEGERS and dtype != "bool" else INTEGER_FILLS
    fill = fills[number(0, 31) % len(fills)]
    call = Call(dtype, fill, (*lead, *n), pool)
    few = math.prod(lead) * math.prod(n) * math.prod(k) <= TAPS
    return call if few and legal(call.shape, pool, DEFAULT) else None


def _axis(number: Number, word: str, widest: int) -> tuple[int, int, int, tuple[int, int], int]:
    """Return n, k, s, padding and d of one axis; n leaves room for some windows and a rest."""
    k = number(1, 5) if number(0, 2) else number(1, 12)
    s = number(1, 4) if number(0, 2) else number(1, 2 * k + 2)
    d = max(1, number(0, 5) - 2)
    begin, end = (number(0, k - 1) if number(0, 1) else 0 for _ in range(2))
    begin, end = (begin, end) if begin != end else (min(begin, k // 2),) * 2
    span = extent(k, d)
    out = number(1, max(1, min(12, widest // s)))
    n = max(1, span - begin - end + (out - 1) * s + number(0, s - 1))
    if word != "explicit":
        begin, end = same_padding(n, k, s, d, word)
    return n, k, s, (begin, end), d


def _numbers(case: Case, seed: int) -> tuple[np.random.Generator, np.dtype[Any]]:
    return case.generator(seed), dtype_of(case.dtype)


def _distinct(case: Case, seed: int) -> Array:
    """Fill each plane with different numbers, as far as the type holds them."""
    generator, dtype = _numbers(case, seed)
    rank = case.pool.rank
    planes, size = math.prod(case.shape[:-rank]), math.prod(case.shape[-rank:])
    order = generator.permuted(np.tile(np.arange(size), (planes, 1)), axis=1).reshape(case.shape)
    if dtype.kind == "b":
        return np.asarray(order % 2 == 0)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        step = max(1, min(2**40, (int(info.max) - int(info.min)) // max(1, size)))
        return (int(info.min) + (order % 250) * step).astype(dtype)
    few: Array = order % 256 if dtype.itemsize == 2 else order  # noqa: PLR2004 - 8 bits are exact
    return np.asarray(2 * few - size).astype(dtype)


def _negative(case: Case, seed: int) -> Array:
    x = _distinct(case, seed)
    below: Array = x - abs(x).max() - 1
    return below.astype(x.dtype)


def _levels(case: Case, seed: int) -> Array:
    """Fill with two to four different numbers, so that most windows tie."""
    generator, dtype = _numbers(case, seed)
    few = generator.integers(2, 5)
    low = 250 if dtype.kind == "u" else 0 if dtype.kind == "b" else -3
    numbers: Array = low + generator.integers(0, few, case.shape)
    return numbers.astype(dtype)


def _sprinkled(values: tuple[float, ...]) -> Callable[[Case, int], Array]:
    def fill(case: Case, seed: int) -> Array:
        generator, dtype = _numbers(case, seed)
        x = generator.integers(-9, 10, case.shape).astype(np.float64)
        where = generator.random(case.shape) < generator.choice((0.03, 0.2, 0.9))
        return np.where(where, generator.choice(values, case.shape), x).astype(dtype)

    return fill


def _magnitudes(case: Case, seed: int) -> Array:
    generator, _ = _numbers(case, seed)
    return generator.choice(magnitudes(case.dtype), case.shape)


def _extremes(case: Case, seed: int) -> Array:
    generator, _ = _numbers(case, seed)
    return generator.choice(extremes(case.dtype), case.shape)


def _least(case: Case, seed: int) -> Array:
    """Fill with the least of the type, and a few other numbers."""
    generator, dtype = _numbers(case, seed)
    low = -np.inf if case.dtype not in INTEGERS else np.iinfo(dtype).min
    x = np.full(case.shape, False if dtype.kind == "b" else low, dtype)
    x[generator.random(case.shape) < 0.1] = 1  # noqa: PLR2004 - few
    return x


FILLS: dict[str, Callable[[Case, int], Array]] = {
    "distinct": _distinct,
    "negative": _negative,
    "levels": _levels,
    "nan": _sprinkled((np.nan, np.nan, -np.nan, np.inf)),
    "specials": _sprinkled((np.nan, np.inf, -np.inf, -np.inf, 0.0, -0.0)),
    "zeros": _sprinkled((0.0, -0.0)),
    "magnitudes": _magnitudes,
    "extremes": _extremes,
    "least": _least,
}

WITH_NAN = (FILLS["nan"], FILLS["specials"])
"""The fills that may hold NaN."""


def _lines() -> Iterator[str]:
    yield "# Drawn by `python -m conformance.cases.search`; the ids of the calls are permanent."
    for block in range(max(BLOCKS.values())):
        yield f"# block {block}"
        yield from map(str, drawn(0, block))


def main() -> None:
    """Write search.txt."""
    file = Path(str(resources.files("conformance.data").joinpath(FILE)))
    file.write_text("\n".join(_lines()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
