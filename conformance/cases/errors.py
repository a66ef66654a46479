"""Calls that must be refused: errors by the clauses `error.*`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from conformance.cases.case import Case, plane_distinct
from conformance.cases.faults import beside_others
from conformance.cases.ramps import along, each_axis
from reference.pool import Pool


def _pool(
    *,
    k: tuple[int, ...] = (2, 2),
    s: tuple[int, ...] = (2, 2),
    p: tuple[tuple[int, int], ...] = ((0, 0), (0, 0)),
    d: tuple[int, ...] = (1, 1),
    ceil: bool = False,
) -> Pool:
    return Pool(k, s, p, d, ceil)


IMAGE = (1, 2, 4, 6)


@cache
def errors() -> dict[str, tuple[Case, ...]]:
    """Return the invalid calls by the clause that forbids them."""
    found: dict[str, list[Case]] = {}
    for clause, name, pool, shape in _errors():
        case = Case(f"{clause}.{name}", pool, shape, plane_distinct)
        found.setdefault(clause, []).append(case)
    for clause, name, pool, shape in _in_other_types():
        case = Case(f"{clause}.{name}", pool, shape, plane_distinct, name.rpartition("-")[2])
        found[clause].append(case)
    return {clause: tuple(cases) for clause, cases in found.items()}


def _errors() -> Iterator[tuple[str, str, Pool, tuple[int, ...]]]:
    yield from _bad_parameters()
    yield from _bad_lengths()
    yield from _bad_sizes()
    yield from _bad_inputs()
    yield from _empty_windows()
    yield from _empty_beside_others()
    yield from _empty_past_the_last()
    yield from _empty_with_a_word()
    yield from _in_other_ranks()
    yield from _where_few_look()
    yield from _several_at_once()
    yield from beside_others()


def _bad_parameters() -> Iterator[tuple[str, str, Pool, tuple[int, ...]]]:
    yield "error.kernel", "zero-h", _pool(k=(0, 2)), IMAGE
    yield "error.kernel", "zero-w", _pool(k=(2, 0)), IMAGE
    yield "error.kernel", "zero-both", _pool(k=(0, 0), s=(1, 1)), IMAGE
    yield "error.kernel", "negative", _pool(k=(-2, 2)), IMAGE
    yield "error.kernel", "negative-stride-too", _pool(k=(-1, -1), s=(-1, -1)), IMAGE
    yield "error.stride", "zero-h", _pool(s=(0, 2)), IMAGE
    yield "error.stride", "zero-w", _pool(s=(2, 0)), IMAGE
    yield "error.stride", "zero-both", _pool(s=(0, 0)), IMAGE
    yield "error.stride", "negative", _pool(s=(2, -1)), IMAGE
    yield "error.stride", "zero-one-window", _pool(k=(4, 6), s=(0, 0)), IMAGE
    yield "error.stride", "zero-one-window-h", _pool(k=(4, 2), s=(0, 2)), IMAGE
    yield "error.stride", "zero-one-window-w", _pool(k=(2, 6), s=(2, 0)), IMAGE
    yield "error.stride", "negative-one-window", _pool(k=(4, 6), s=(-4, -6)), IMAGE
    yield "error.padding-sign", "begin-end", _pool(p=((-1, -1), (0, 0))), IMAGE
    yield "error.padding-sign", "w", _pool(p=((0, 0), (-1, -1))), IMAGE
    yield "error.padding-sign", "begin", _pool(p=((-1, 1), (0, 0))), IMAGE
    yield "error.padding-sign", "end-unread", _pool(p=((0, 0), (0, -1))), (1, 2, 4, 5)
    yield "error.padding-sign", "end-unread-h", _pool(p=((0, -1), (0, 0))), (1, 2, 5, 4)
    yield "error.padding-sign", "end", _pool(p=((0, 0), (0, -2))), IMAGE
    yield "error.padding-limit", "p2k2", _pool(p=((2, 2), (0, 0))), IMAGE
    yield "error.padding-limit", "w", _pool(p=((0, 0), (2, 2))), IMAGE
    yield "error.padding-limit", "p2k3", _pool(k=(3, 3), s=(1, 1), p=((2, 2), (1, 1))), IMAGE
    yield "error.padding-limit", "p3k5", _pool(k=(1, 5), s=(1, 1), p=((0, 0), (3, 3))), IMAGE
    yield "error.padding-limit", "p1k1", _pool(k=(1, 1), s=(1, 1), p=((1, 1), (0, 0))), IMAGE
    yield "error.padding-limit", "p4k4", _pool(k=(4, 4), s=(4, 4), p=((4, 4), (4, 4))), IMAGE
    yield "error.padding-limit", "dilated", _pool(k=(3, 1), p=((2, 2), (0, 0)), d=(2, 1)), IMAGE
    yield "error.padding-limit", "dilated-w", _pool(p=((0, 0), (2, 2)), d=(1, 4)), IMAGE
    yield "error.padding-limit", "past", _pool(k=(2, 1), p=((2, 2), (0, 0)), d=(9, 1)), (1, 1, 3, 4)
    yield "error.dilation", "zero-h", _pool(d=(0, 1)), IMAGE
    yield "error.dilation", "zero-w", _pool(d=(1, 0)), IMAGE
    yield "error.dilation", "negative", _pool(d=(-1, 1)), IMAGE
    yield "error.dilation", "zero-k1", _pool(k=(1, 1), s=(1, 1), d=(0, 0)), IMAGE


def _bad_lengths() -> Iterator[tuple[str, str, Pool, tuple[int, ...]]]:
    yield "error.length", "stride-short", _pool(s=(2,)), IMAGE
    yield "error.length", "stride-long", _pool(s=(2, 2, 2)), IMAGE
    yield "error.length", "padding-short", _pool(p=((0, 0),)), IMAGE
    yield "error.length", "padding-long", _pool(p=((0, 0), (0, 0), (0, 0))), IMAGE
    yield "error.length", "dilation-short", _pool(d=(1,)), IMAGE
    yield "error.length", "dilation-long", _pool(d=(1, 1, 1)), IMAGE
    yield "error.length", "kernel-long", _pool(k=(2, 2, 2)), IMAGE


def is_far(case: Case) -> bool:
    """Return whether a parameter is past 31 bits: without a window, it may be refused for that."""
    pool = case.pool
    return max((*pool.kernel_size, *pool.stride, *pool.dilation), default=0) >= 2**31


def _bad_sizes() -> Iterator[tuple[str, str, Pool, tuple[int, ...]]]:
    """Windows that do not fit; where stride > 1, truncating division invents one."""
    yield "error.size", "k3n2-s3", _pool(k=(3, 3), s=(3, 3)), (1, 1, 2, 6)
    yield "error.size", "k3n2-w", _pool(k=(3, 3), s=(3, 3)), (1, 2, 6, 2)
    yield "error.size", "k3n2-s2", _pool(k=(3, 3), s=(2, 2)), (1, 1, 2, 5)
    yield "error.size", "k3n2-s1", _pool(k=(1, 3), s=(1, 1)), (1, 1, 4, 2)
    yield "error.size", "k5x7", _pool(k=(5, 7), s=(5, 7)), IMAGE
    yield "error.size", "k5x7-s1", _pool(k=(5, 7), s=(1, 1)), IMAGE
    yield "error.size", "k9n2", _pool(k=(9, 2), s=(9, 2)), (1, 2, 2, 4)
    yield "error.size", "k5n2-p1", _pool(k=(5, 1), s=(2, 1), p=((1, 1), (0, 0))), (1, 1, 2, 3)
    yield "error.size", "k3n4-d2", _pool(k=(1, 3), s=(1, 2), d=(1, 2)), (1, 1, 3, 4)
    yield "error.size", "k2n3-d9", _pool(k=(1, 2), s=(1, 1), d=(1, 9)), (1, 1, 3, 4)
    yield "error.size", "k-past-31-bits", _pool(k=(2**31 + 1, 1), s=(2, 1)), IMAGE
    yield "error.size", "k-past-32-bits", _pool(k=(1, 2**32 + 2), s=(1, 2)), IMAGE
    for bits in (8, 16, 32):  # cut off there, the window spans a single element
        far, half = 2 ** (bits - 2), 2 ** (bits // 2)
        yield "error.size", f"k5-d{bits - 2}", _pool(k=(5, 1), s=(1, 1), d=(far, 1)), IMAGE
        yield "error.size", f"k5-d{bits - 2}-w", _pool(k=(1, 5), s=(1, 2), d=(1, far)), IMAGE
        yield "error.size", f"both-{bits}", _pool(k=(half + 1, 2), s=(1, 2), d=(half, 1)), IMAGE
    yield "error.overflow", "k3-d62", _pool(k=(3, 1), s=(1, 1), d=(2**62, 1)), IMAGE
    yield "error.overflow", "k5-d62", _pool(k=(1, 5), s=(1, 1), d=(1, 2**62)), IMAGE
    yield "error.overflow", "k5-d62-h", _pool(k=(5, 1), s=(1, 1), d=(2**62, 1)), IMAGE
    yield "error.overflow", "k33-d59", _pool(k=(1, 33), s=(1, 2), d=(1, 2**59)), IMAGE
    yield "error.overflow", "k2-d63", _pool(k=(1, 2), s=(1, 1), d=(1, 2**63 - 1)), IMAGE


def _bad_inputs() -> Iterator[tuple[str, str, Pool, tuple[int, ...]]]:
    yield "error.rank", "two-for-2d", _pool(), (4, 6)
    yield "error.rank", "five-for-2d", _pool(), (1, 1, 2, 4, 6)
    yield "error.rank", "six-for-2d", _pool(), (1, 1, 1, 2, 4, 6)
    yield "error.rank", "one-for-2d", _pool(), (6,)
    yield "error.rank", "none-for-2d", _pool(), ()
    yield "error.no-elements", "channels", _pool(), (1, 0, 4, 6)
    yield "error.no-elements", "channels-and-batch", _pool(), (0, 0, 4, 6)
    yield "error.no-elements", "height", _pool(), (1, 2, 0, 6)
    yield "error.no-elements", "width", _pool(), (1, 2, 4, 0)
    yield "error.no-elements", "k1", _pool(k=(1, 1), s=(1, 1)), (2, 3, 4, 0)
    yield "error.no-elements", "padded", _pool(p=((1, 1), (1, 1))), (1, 2, 0, 4)
    yield "error.no-elements", "padded-w", _pool(p=((0, 0), (1, 1))), (1, 2, 4, 0)
    yield "error.no-elements", "width-and-batch", _pool(p=((0, 0), (1, 1))), (0, 2, 4, 0)


def _empty_windows() -> Iterator[tuple[str, str, Pool, tuple[int, ...]]]:
    line = (1, 1, 1, 1)
    yield (
        "error.empty-window",
        "n1k2d2p1",
        _pool(k=(1, 2), s=(1, 1), p=((0, 0), (1, 1)), d=(1, 2)),
        line,
    )
    yield "error.empty-window", "h", _pool(k=(2, 1), s=(1, 1), p=((1, 1), (0, 0)), d=(2, 1)), line
    yield (
        "error.empty-window",
        "n3k2d4p1",
        _pool(k=(1, 2), s=(1, 1), p=((0, 0), (1, 1)), d=(1, 4)),
        (1, 2, 2, 3),
    )
    yield (
        "error.empty-window",
        "begin-k",
        _pool(k=(2, 2), s=(2, 2), p=((2, 0), (0, 0))),
        (1, 1, 2, 4),
    )
    yield "error.empty-window", "end-k", _pool(k=(2, 2), s=(2, 2), p=((0, 0), (0, 2))), (1, 1, 2, 4)
    yield (
        "error.empty-window",
        "k1-end",
        _pool(k=(1, 1), s=(1, 1), p=((0, 0), (0, 1))),
        (1, 1, 2, 3),
    )


def _empty_beside_others() -> Iterator[tuple[str, str, Pool, tuple[int, ...]]]:
    """Yield windows without an element between and beside others, along each axis and on a line."""
    calls = {
        "past-end": ((2, 1, (0, 3), 1), 3),
        "past-begin": ((2, 1, (3, 0), 1), 3),
        "past-both": ((3, 2, (4, 5), 1), 4),
        "between": ((2, 1, (1, 2), 4), 3),
        "gaps-begin": ((1, 3, (3, 0), 1), 4),
        "gaps-begin-k2": ((2, 5, (2, 0), 1), 6),
        "gaps-end": ((2, 3, (0, 2), 1), 3),
    }
    for name, (axis, n) in calls.items():
        for place, here, plane in each_axis(n):
            yield "error.empty-window", f"{name}-{place}", along(here, axis), (2, 2, *plane)


def _empty_past_the_last() -> Iterator[tuple[str, str, Pool, tuple[int, ...]]]:
    """Yield windows past the end of which ceil_mode drops the last alone, and one that it adds."""
    past = ("k1", (1, 1, (0, 3), 1), 2), ("k2", (2, 2, (0, 5), 1), 4)
    for name, axis, n in (*past, ("added", (2, 2, (3, 1), 3), 1)):
        for place, here, plane in each_axis(n):
            pool = replace(along(here, axis), ceil_mode=True)
            yield "error.empty-window", f"ceil-{name}-{place}", pool, (1, 2, *plane)


def _empty_with_a_word() -> Iterator[tuple[str, str, Pool, tuple[int, ...]]]:
    """Yield dilated windows of which a SAME word leaves one without an element."""
    for word, sides in (("same-upper", (3, 4)), ("same-lower", (4, 3))):
        for place, here, plane in each_axis(3):
            pool = replace(along(here, (2, 1, sides, 7)), auto_pad=word)
            yield "error.empty-window", f"{word}-{place}", pool, (1, 2, *plane)


def _in_other_ranks() -> Iterator[tuple[str, str, Pool, tuple[int, ...]]]:
    """Yield the same errors over one and three axes, and without a batch axis."""
    line, cube = _pool(k=(2,), s=(2,), p=((0, 0),), d=(1,)), (1, 2, 4, 4, 2)
    three = _pool(k=(2, 2, 1), s=(2, 2, 1), p=((0, 0),) * 3, d=(1, 1, 1))
    yield "error.kernel", "line", replace(line, kernel_size=(0,)), (1, 2, 4)
    yield "error.kernel", "cube", replace(three, kernel_size=(2, 2, 0)), cube
    yield "error.kernel", "unbatched", _pool(k=(2, -1)), IMAGE[1:]
    yield "error.stride", "line", replace(line, stride=(0,)), (1, 2, 4)
    yield "error.stride", "cube", replace(three, stride=(2, 0, 1)), cube
    yield "error.stride", "unbatched", _pool(s=(-2, 2)), IMAGE[1:]
    yield "error.padding-sign", "line", replace(line, padding=((-1, 0),)), (1, 2, 5)
    yield "error.padding-sign", "cube", replace(three, padding=((0, 0), (0, -2), (0, 0))), cube
    wide, deep = ((2, 2),), ((0, 0), (2, 2), (0, 0))
    yield "error.padding-limit", "line", Pool((3,), (1,), wide, (1,)), (1, 2, 4)
    yield "error.padding-limit", "cube", Pool((2, 3, 1), (2, 1, 1), deep, (1, 1, 1)), cube
    yield "error.padding-limit", "ceil", _pool(k=(3, 2), p=((2, 2), (0, 0)), ceil=True), IMAGE
    yield "error.padding-limit", "gaps", _pool(k=(1, 3), s=(2, 4), p=((0, 0), (2, 2))), IMAGE
    yield "error.dilation", "line", replace(line, dilation=(0,)), (1, 2, 4)
    yield "error.dilation", "cube", replace(three, dilation=(1, 1, -1)), cube
    yield "error.size", "line", replace(line, kernel_size=(5,)), (1, 2, 4)
    yield "error.size", "cube", replace(three, kernel_size=(2, 2, 3)), cube
    yield "error.size", "unbatched", _pool(k=(2, 7)), IMAGE[1:]
    yield "error.rank", "four-for-1d", line, (1, 1, 2, 4)
    yield "error.rank", "three-for-3d", three, (4, 4, 2)
    yield "error.rank", "six-for-3d", three, (1, *cube)
    yield "error.no-elements", "unbatched-channels", _pool(), (0, 4, 6)
    yield "error.no-elements", "line", line, (1, 0, 4)
    yield "error.no-elements", "cube", three, (1, 2, 4, 0, 2)


def _in_other_types() -> Iterator[tuple[str, str, Pool, tuple[int, ...]]]:
    """Yield some of the same errors in types that have no gradient; the name ends in the type."""
    yield "error.kernel", "zero-int32", _pool(k=(0, 2)), IMAGE
    yield "error.stride", "zero-uint8", _pool(s=(2, 0)), IMAGE
    yield "error.padding-limit", "p2k3-int32", _pool(k=(3, 2), p=((2, 2), (0, 0))), IMAGE
    yield "error.padding-limit", "p2k3-float16", _pool(k=(2, 3), p=((0, 0), (2, 2))), IMAGE
    for dtype in ("int8", "bool", "float64", "bfloat16", "int64", "uint8"):
        yield "error.padding-limit", f"p2k3-{dtype}", _pool(k=(3, 2), p=((2, 2), (0, 0))), IMAGE
    yield "error.size", "k9n4-int8", _pool(k=(9, 1)), IMAGE
    for dtype in ("int8", "int32", "uint16", "bool", "float16", "float64"):
        yield "error.empty-window", f"end-{dtype}", _pool(p=((0, 0), (0, 2))), (1, 2, 2, 4)
    yield "error.no-elements", "height-bool", _pool(), (1, 2, 0, 6)


def _where_few_look() -> Iterator[tuple[str, str, Pool, tuple[int, ...]]]:
    """Yield errors on the other axis, without a batch axis, and over one and three axes."""
    line, cube = _pool(k=(2,), s=(2,), p=((0, 0),), d=(1,)), (1, 2, 4, 4, 2)
    three = _pool(k=(2, 2, 1), s=(2, 2, 1), p=((0, 0),) * 3, d=(1, 1, 1))
    yield "error.size", "k3n4-d2-h", _pool(k=(3, 1), s=(2, 1), d=(2, 1)), (1, 1, 4, 3)
    yield "error.size", "k2n3-d9-h", _pool(k=(2, 1), s=(1, 1), d=(9, 1)), (1, 1, 3, 4)
    yield "error.size", "line-d3", replace(line, dilation=(4,)), (1, 2, 4)
    yield "error.length", "unbatched-stride", _pool(s=(2,)), IMAGE[1:]
    yield "error.length", "unbatched-dilation", _pool(d=(1, 1, 1)), IMAGE[1:]
    yield "error.length", "line-stride", replace(line, stride=(2, 2)), (1, 2, 4)
    yield "error.length", "line-padding", replace(line, padding=((0, 0), (0, 0))), (1, 2, 4)
    yield "error.length", "cube-stride", replace(three, stride=(2, 2)), cube
    yield "error.length", "cube-dilation", replace(three, dilation=(1, 1)), cube
    yield "error.length", "cube-padding", replace(three, padding=((0, 0),)), cube
    yield "error.length", "stride-none", _pool(s=()), IMAGE
    yield "error.dilation", "negative-w", _pool(d=(1, -1)), IMAGE
    yield "error.dilation", "negative-k1", _pool(k=(1, 1), s=(1, 1), d=(1, -2)), IMAGE
    yield "error.dilation", "unbatched", _pool(d=(-1, 1)), IMAGE[1:]
    yield "error.stride", "unbatched-w", _pool(s=(2, -2)), IMAGE[1:]
    yield "error.stride", "unbatched-zero", _pool(k=(4, 6), s=(4, 0)), IMAGE[1:]
    yield "error.padding-limit", "unbatched", _pool(p=((2, 2), (0, 0))), IMAGE[1:]
    yield "error.padding-limit", "unbatched-w", _pool(k=(2, 3), p=((0, 0), (2, 2))), IMAGE[1:]
    yield "error.padding-limit", "k4p3", _pool(k=(4, 4), p=((3, 3), (2, 2))), IMAGE
    yield "error.no-elements", "cube-and-batch", three, (0, 2, 4, 0, 2)
    yield "error.no-elements", "line-and-batch", line, (0, 2, 0)
    yield "error.no-elements", "unbatched-width", _pool(), (2, 4, 0)
    wide = replace(line, stride=(1,), padding=((1, 1),), dilation=(2,))
    yield "error.empty-window", "line", wide, (1, 2, 1)
    deep = Pool((1, 2, 1), (1, 1, 1), ((0, 0), (1, 1), (0, 0)), (1, 2, 1))
    yield "error.empty-window", "cube", deep, (1, 1, 2, 1, 2)
    yield "error.empty-window", "begin-w", _pool(p=((0, 0), (2, 0))), (1, 1, 2, 4)
    yield "error.empty-window", "end-h", _pool(p=((0, 2), (0, 0))), (1, 1, 2, 4)
    yield "error.empty-window", "unbatched", _pool(p=((0, 0), (0, 2))), (1, 2, 4)
    yield "error.overflow", "line", replace(line, kernel_size=(3,), dilation=(2**62,)), (1, 2, 4)
    yield "error.overflow", "cube", replace(three, dilation=(1, 2**63 - 1, 1)), cube


def _several_at_once() -> Iterator[tuple[str, str, Pool, tuple[int, ...]]]:
    """Yield errors that a product hides, that no batch item shows, or that 32 bits cut off."""
    cube, none = (1, 2, 4, 4, 2), (0, *IMAGE[1:])
    three = _pool(k=(2, 2, 1), s=(2, 2, 1), p=((0, 0),) * 3, d=(1, 1, 1))
    line = _pool(k=(2,), s=(2,), p=((0, 0),), d=(1,))
    for name, entries in (("first", (-2, -2, 1)), ("last", (2, -1, -1)), ("ends", (-1, 2, -2))):
        yield "error.kernel", f"cube-{name}-two", replace(three, kernel_size=entries), cube
        yield "error.stride", f"cube-{name}-two", replace(three, stride=entries), cube
        yield "error.dilation", f"cube-{name}-two", replace(three, dilation=entries), cube
    behind, small = "behind-no-window", (1, 1, 2, 4)
    yield "error.padding-sign", behind, _pool(k=(3, 2), p=((0, 0), (-1, 0))), small
    yield "error.stride", behind, _pool(k=(3, 2), s=(1, 0)), small
    yield "error.dilation", behind, _pool(k=(3, 2), d=(1, 0)), small
    yield "error.kernel", behind, _pool(k=(3, 0)), small
    yield "error.kernel", "both", _pool(k=(-2, -2)), IMAGE
    yield "error.stride", "both", _pool(s=(-2, -2)), IMAGE
    yield "error.dilation", "both", _pool(d=(-1, -1)), IMAGE
    yield "error.padding-sign", "both", _pool(p=((-1, -1), (-1, -1))), IMAGE
    yield "error.kernel", "no-batch", _pool(k=(2, 0)), none
    yield "error.stride", "no-batch", _pool(s=(0, 2)), none
    yield "error.dilation", "no-batch", _pool(d=(1, 0)), none
    yield "error.padding-sign", "no-batch", _pool(p=((-1, 0), (0, 0))), none
    yield "error.padding-limit", "no-batch", _pool(p=((2, 2), (0, 0))), none
    yield "error.padding-limit", "no-batch-k3", _pool(k=(3, 2), p=((2, 2), (0, 0))), none
    yield "error.size", "no-batch", _pool(k=(5, 2)), none
    yield "error.length", "no-batch", _pool(s=(2,)), none
    two = (300, int("300"))  # equal numbers that are two objects
    yield "error.padding-limit", "two-objects", _pool(k=(400, 1), p=(two, (0, 0))), IMAGE
    yield "error.padding-limit", "other-w", _pool(k=(3, 6), p=((2, 2), (0, 0))), IMAGE
    yield "error.padding-limit", "other-h", _pool(k=(4, 2), p=((0, 0), (2, 2))), IMAGE
    for number in range(3):
        here = tuple(int(axis == number) for axis in range(3))
        shape = (1, 2, *(1 if one else 2 for one in here))
        yield "error.empty-window", f"cube-axis{number}", along(here, (2, 1, (1, 1), 2)), shape
    far, gap = ((2, 2),), ((0, 0), (2, 2), (0, 0))
    yield "error.padding-limit", "line-dilated", Pool((3,), (1,), far, (2,)), (1, 2, 4)
    yield "error.padding-limit", "cube-dilated", Pool((1, 3, 1), (1, 1, 1), gap, (1, 2, 1)), cube
    yield "error.no-elements", "line-padded", Pool((2,), (1,), ((1, 1),), (1,)), (1, 2, 0)
    padded = Pool((1, 2, 1), (1, 1, 1), ((0, 0), (1, 1), (0, 0)), (1, 1, 1))
    yield "error.no-elements", "cube-padded", padded, (1, 2, 2, 0, 2)
    middle = (3, 2, (4, 8), 4)  # windows at -4, -2 and 0, of which the second has no element
    for name, here, plane in (("h", (1, 0), (1, 3)), ("w", (0, 1), (2, 1)), ("line", (1,), (1,))):
        yield "error.empty-window", f"middle-{name}", along(here, middle), (1, 2, *plane)
    yield "error.size", "d-past-32-bits", _pool(d=(1, 2**32 + 1)), IMAGE
    yield "error.size", "line-d-past-32-bits", replace(line, dilation=(2**32 + 1,)), (1, 2, 4)
    yield "error.size", "line-d-32-bits", replace(line, dilation=(2**32,)), (1, 2, 4)
    yield "error.size", "cube-d-past-32-bits", replace(three, dilation=(1, 2**32 + 1, 1)), cube
    yield "error.size", "cube-k-past-32-bits", replace(three, kernel_size=(2, 2**32 + 2, 1)), cube
