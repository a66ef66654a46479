"""Pairs of calls that differ in one thing, as a cache that forgets it would take for one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from conformance.cases.case import Case, plane_distinct
from reference.pool import Pool

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
    across, down = Pool.of(1, (1, 11)), Pool.of(1, (11, 1))  # the same digits, in the same order
    square = (1, 1, 12, 12)
    found.append(
        (_filled_alike("digits-a", across, square), _filled_alike("digits-b", down, square))
    )
    line, plane = _filled_alike("rank-a", Pool.of((2,)), (2, 6, 6)), Pool.of(2)
    return (*found, (line, _filled_alike("rank-b", plane, (2, 6, 6))))
