"""Calls with a SAME word: strides and dilation, windows that tile, and odd totals in every type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from conformance.cases.case import Case, mixed
from conformance.features import TYPES
from reference.geometry import same_padding
from reference.pool import Pool


def resolved(pool: Pool, sizes: tuple[int, ...]) -> Pool:
    """Return parameters whose padding is what their SAME word means for these spatial sizes."""
    axes = zip(sizes, pool.kernel_size, pool.stride, pool.dilation, strict=True)
    return replace(pool, padding=tuple(same_padding(*axis, pool.auto_pad) for axis in axes))


@cache
def calls(word: str) -> tuple[Case, ...]:
    """Return calls with a SAME word: strides above the kernel, dilation, even and odd totals."""
    axes: tuple[tuple[int, int, int, int], ...]
    axes = ((5, 3, 4, 1), (6, 2, 3, 1), (7, 3, 5, 1), (9, 4, 5, 1), (7, 2, 2, 2), (8, 3, 2, 3))
    axes += ((10, 5, 3, 1), (5, 1, 3, 1), (11, 4, 2, 1), (4, 6, 3, 1), (9, 2, 4, 3), (12, 7, 4, 2))
    found = []
    for number, one in enumerate(axes):
        both = tuple(zip(one, axes[(number + 5) % len(axes)], strict=True))
        n, k, s, d = both
        pool = resolved(Pool.of(k, s, 0, d, auto_pad=word), n)
        found.append(Case(f"{word}.far{number}", pool, (1, 3, *n), mixed))
        size, kernel, stride, dilation = ((part,) for part in one)
        line = Pool(kernel, stride, pool.padding[:1], dilation, auto_pad=word)
        found.append(Case(f"{word}.line{number}", line, (2, 2, *size), mixed))
        rounded = replace(pool, ceil_mode=True)  # which has no say where the word gives the size
        found.append(Case(f"{word}.ceil{number}", rounded, (1, 3, *n), mixed))
    for number in range(0, len(axes), 3):
        three = (*axes, *axes)[number : number + 3]
        sizes, kernels, strides, dilations = (tuple(part) for part in zip(*three, strict=True))
        cube = resolved(Pool.of(kernels, strides, 0, dilations, auto_pad=word), sizes)
        tier = "default" if number else "smoke"
        found.append(Case(f"{word}.cube{number}", cube, (1, 2, *sizes), mixed, tier=tier))
    return (*found, *_tiles_of_words(word), *_types_of_words(word))


def _types_of_words(word: str) -> Iterator[Case]:
    """Yield windows of every type with an odd total of padding on both axes."""
    pad = (0, 1) if word == "same-upper" else (1, 0)
    for dtype in TYPES[1:]:
        pool = Pool((2, 2), (1, 1), (pad, pad), (1, 1), auto_pad=word)
        yield Case(f"{word}.of-{dtype}", pool, (1, 5, 3, 4), mixed, dtype)


def _tiles_of_words(word: str) -> Iterator[Case]:
    """Yield windows that tile, with every total of padding below the kernel_size but 0."""
    for k in range(2, 7):
        for rest in range(1, k):
            n = 2 * k + rest, k + 1 + rest % (k - 1)
            pool = resolved(Pool.of((k, k), auto_pad=word), n)
            yield Case(f"{word}.tiles{k}-{rest}", pool, (1, 2, *n), mixed)
