"""Each fault of one axis, beside whatever is harmless about the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from reference.pool import Pool

Axis: TypeAlias = tuple[int, int, tuple[int, int], int]
"""kernel_size, stride, padding and dilation."""
FAULTS: dict[str, Axis] = {
    "kernel": (0, 1, (0, 0), 1),
    "stride": (3, 0, (0, 0), 1),
    "padding-sign": (3, 1, (-1, 1), 1),
    "padding-limit": (3, 1, (2, 2), 1),
    "dilation": (3, 1, (0, 0), 0),
    "size": (9, 1, (0, 0), 1),
}
"""By the clause that forbids it."""
HARMLESS: dict[str, Axis] = {
    "begin": (3, 1, (1, 0), 1),
    "end": (3, 1, (0, 1), 1),
    "padded": (3, 2, (1, 1), 1),
    "dilated": (2, 1, (0, 0), 2),
    "gaps": (2, 4, (0, 0), 1),
    "one": (1, 1, (0, 0), 1),
}
SHAPE = (1, 2, 6, 6)


def beside_others() -> Iterator[tuple[str, str, Pool, tuple[int, ...]]]:
    """Yield clause, name, parameters and shape of each fault on each axis, beside each other axis.

    Where both axes are asked at once, or the first alone, what the other has may hide it.
    """
    for fault, wrong in FAULTS.items():
        for other, harmless in HARMLESS.items():
            for letter, axes in (("h", (wrong, harmless)), ("w", (harmless, wrong))):
                yield f"error.{fault}", f"{letter}-beside-{other}", _pool(*axes), SHAPE
        pool = replace(_pool(wrong, HARMLESS["padded"]), ceil_mode=True)
        if fault != "size":  # ceil_mode may make a window of what is too short for one
            yield f"error.{fault}", "h-beside-ceil", pool, SHAPE
        others = [HARMLESS[name] for name in ("end", "dilated")]
        for place, letter in enumerate("dhw"):
            three = (*others[:place], wrong, *others[place:])
            yield f"error.{fault}", f"{letter}-of-three", _pool(*three), (1, 1, 6, 6, 6)


def _pool(*axes: Axis) -> Pool:
    """Return the parameters of some axes, legal or not."""
    return Pool(
        tuple(axis[0] for axis in axes),
        tuple(axis[1] for axis in axes),
        tuple(axis[2] for axis in axes),
        tuple(axis[3] for axis in axes),
    )
