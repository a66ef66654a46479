"""Pairs of calls that differ in one thing, as a cache that forgets it would take for one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TypeAlias

from conformance.cases.case import Case, plane_distinct
from reference.pool import Pool

Call: TypeAlias = tuple[Pool, tuple[int, ...]]
PLANE = (2, 3, 6, 6)


def _filled_alike(name: str, pool: Pool, shape: tuple[int, ...], dtype: str = "float32") -> Case:
    """Return a case whose numbers depend on its shape and not on its id."""

    def fill(case: Case, seed: int) -> object:
        return plane_distinct(replace(case, id="twin"), seed)

    return Case(f"twin.{name}", pool, shape, fill, dtype)  # type: ignore[arg-type]


@cache
def twins() -> tuple[tuple[Case, Case], ...]:
    """Return pairs that agree in all but one parameter, one size or the element type."""
    pools = {
        "stride": (Pool.of(2, (1, 2)), Pool.of(2, (2, 1))),
        "stride-padded": (Pool.of(3, 1, 1), Pool.of(3, 2, 1)),
        "kernel": (Pool.of((1, 2), 1), Pool.of((2, 1), 1)),
        "kernel-size": (Pool.of(2, 2), Pool.of(1, 2)),
        "dilation": (Pool.of(2, 1, 0, (1, 2)), Pool.of(2, 1, 0, (2, 1))),
        "dilation-size": (Pool.of(2, 3, 0, 1), Pool.of(2, 3, 0, 3)),
        "begin": (Pool.of(3, 3, ((1, 0), (1, 0))), Pool.of(3, 3, ((0, 1), (0, 1)))),
        "padding": (Pool.of(3, 3, ((1, 1), (0, 0))), Pool.of(3, 3, ((0, 0), (1, 1)))),
        "end": (Pool.of(3, 2, ((1, 0), (1, 0))), Pool.of(3, 2, ((1, 1), (1, 1)))),
        "begin-longer": (Pool.of(3, 1, ((0, 1), (0, 1))), Pool.of(3, 1, 1)),
        "end-longer": (Pool.of(3, 1, ((1, 0), (1, 0))), Pool.of(3, 1, 1)),
        "stride-fewer": (Pool.of(2, 1), Pool.of(2, 3)),
        "dilation-fewer": (Pool.of(2, 1), Pool.of(2, 1, 0, 2)),
        "kernel-fewer": (Pool.of(2, 1), Pool.of(3, 1)),
        "remainder": (Pool.of(2), Pool.of(4)),
        "ceil": (Pool.of(3, 2), Pool.of(3, 2, ceil_mode=True)),
        "ceil-alike": (Pool.of(2, 2), Pool.of(2, 2, ceil_mode=True)),
        "same": (
            Pool.of(2, 1, ((0, 1), (0, 1)), auto_pad="same-upper"),
            Pool.of(2, 1, ((1, 0), (1, 0)), auto_pad="same-lower"),
        ),
    }
    found = [
        (_filled_alike(f"{name}-a", one, PLANE), _filled_alike(f"{name}-b", other, PLANE))
        for name, (one, other) in pools.items()
    ]
    tiles = Pool.of(2)
    shapes = {
        "turned": ((2, 3, 4, 8), (2, 3, 8, 4)),
        "lead": ((2, 3, 4, 4), (3, 2, 4, 4)),
        "batch": ((4, 2, 4, 4), (2, 2, 4, 4)),
        "channels": ((2, 5, 4, 4), (2, 2, 4, 4)),
        "wider": ((2, 2, 4, 8), (2, 2, 4, 4)),
    }
    found += [
        (_filled_alike(f"{name}-a", tiles, one), _filled_alike(f"{name}-b", tiles, other))
        for name, (one, other) in shapes.items()
    ]
    types: tuple[tuple[str, str], ...]
    types = (("float64", "float32"), ("float32", "float16"), ("float16", "bfloat16"))
    types += (("int32", "float32"), ("uint8", "int8"), ("int64", "float64"))
    found += [
        (
            _filled_alike(f"{one}-a", tiles, PLANE, one),
            _filled_alike(f"{one}-b", tiles, PLANE, other),
        )
        for one, other in types
    ]
    found += [
        (_filled_alike(f"{name}-a", *one), _filled_alike(f"{name}-b", *other))
        for name, (one, other) in _of_the_same_digits().items()
    ]
    line, plane = _filled_alike("rank-a", Pool.of((2,)), (2, 6, 6)), Pool.of(2)
    return (*found, (line, _filled_alike("rank-b", plane, (2, 6, 6))))


def _of_the_same_digits() -> dict[str, tuple[Call, Call]]:
    """Return pairs of calls whose numbers, written in a row, are the same digits."""
    one, two, square = Pool.of(1), Pool.of(2), (1, 1, 12, 12)
    ceil = Pool.of(2, ceil_mode=True)
    return {
        "ceil-smaller": ((ceil, (1, 7, 4, 4)), (ceil, (1, 7, 3, 3))),
        "decimated": ((Pool.of(1, 2), (2, 3, 4, 4)), (Pool.of(1, 3), (2, 3, 4, 4))),
        "rest-smaller": ((two, (1, 7, 5, 5)), (two, (1, 7, 4, 4))),
        "digits": ((Pool.of(1, (1, 11)), square), (Pool.of(1, (11, 1)), square)),
        "digits-stride": ((Pool.of(1, (1, 12)), square), (Pool.of(1, (11, 2)), square)),
        "digits-kernel": ((Pool.of((1, 12), 1), square), (Pool.of((11, 2), 1), square)),
        "digits-kernel-stride": (
            (Pool.of((1,), (12,)), (1, 2, 12)),
            (Pool.of((11,), (2,)), (1, 2, 12)),
        ),
        "digits-axis": ((Pool.of((1,), (2,)), (1, 2, 21)), (Pool.of((1,), (12,)), (1, 2, 2))),
        "digits-plane": ((one, (1, 2, 1, 12)), (one, (1, 2, 11, 2))),
        "digits-channels": ((two, (1, 11, 12, 2)), (two, (1, 1, 112, 2))),
        "digits-lead": ((two, (1, 12, 2, 2)), (two, (11, 2, 2, 2))),
    }


@cache
def barred() -> tuple[tuple[Case, Case], ...]:
    """Return pairs of a legal call and an invalid one that agree in all but one thing."""
    far, two, three = Pool.of(5, 1, 4, 2, auto_pad="same-upper"), Pool.of(2), Pool.of(3, 1, 1)
    calls: dict[str, tuple[str, Pool, Pool, int]] = {
        "word": ("padding-limit", far, replace(far, auto_pad="explicit"), 7),
        "limit": ("padding-limit", three, replace(three, padding=((2, 2), (2, 2))), 6),
        "limit-w": ("padding-limit", three, replace(three, padding=((1, 1), (2, 2))), 6),
        "sign": ("padding-sign", two, replace(two, padding=((0, 0), (0, -1))), 6),
        "kernel": ("kernel", two, replace(two, kernel_size=(2, 0)), 6),
        "stride": ("stride", two, replace(two, stride=(2, 0)), 6),
        "dilation": ("dilation", two, replace(two, dilation=(1, 0)), 6),
        "length": ("length", two, replace(two, stride=(2,)), 6),
        "size": ("size", two, replace(two, kernel_size=(2, 7)), 6),
    }
    found = [
        (_filled_alike(f"bar.{name}", right, (1, 2, n, n)), _of(clause, name, wrong, (n, n)))
        for name, (clause, right, wrong, n) in calls.items()
    ]
    tiles = Pool.of(3)
    legal = _filled_alike("bar.plane", tiles, (1, 2, 6, 6))
    found += [(legal, _of("size", f"{h}x{w}", tiles, (h, w))) for h, w in ((6, 2), (2, 6))]
    empty = Case("error.no-elements.twin-channels", tiles, (1, 0, 6, 6), plane_distinct)
    return (*found, (legal, empty))


def _of(clause: str, name: str, pool: Pool, plane: tuple[int, int]) -> Case:
    """Return an invalid call."""
    return Case(f"error.{clause}.twin-{name}", pool, (1, 2, *plane), plane_distinct)
