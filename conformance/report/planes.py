"""Arrays as a person reads them: planes of tokens, with the positions that differ marked."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from conformance.report import untrusted

Index: TypeAlias = tuple[int, ...]

_WORDS = {"Infinity": "inf", "-Infinity": "-inf", "-0.0": "-0"}
_TOKEN = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """One element as it is written, and whether it differs from its counterpart."""

    text: str
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Plane:
    """Two last axes of an array, or the part of them that is shown."""

    label: str
    """Where it stands, such as `[0, 1]` and `rows 3 to 9 of 40`; empty if it is everything."""
    rows: tuple[tuple[Entry, ...], ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an array is shown."""

    planes: int
    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class Picture:
    """An array that is ready to be drawn."""

    rank: int
    planes: tuple[Plane, ...]
    left_out: str
    """What is not shown, in words; empty where everything is."""


def token(value: object) -> str:
    """Return one element as it is written: `-1`, `0.5`, `-0`, `NaN`, `inf`, `True`."""
    if isinstance(value, float):
        text = repr(value).removesuffix(".0")
        return "NaN" if text == "nan" else text
    if isinstance(value, str):
        return _WORDS.get(value) or untrusted.line(value, _TOKEN)
    return untrusted.line(value, _TOKEN)


def differing(expected: object, got: object) -> list[Index] | None:
    """Return where two arrays (nested lists) differ; None where their shapes do."""
    one, other = _array(expected), _array(got)
    if one is None or other is None or one.shape != other.shape:
        return None
    return [at for at in np.ndindex(*one.shape) if token(one[at]) != token(other[at])]


def shape_of(data: object) -> Index | None:
    """Return the shape of nested lists; None where there are none or they are ragged."""
    array = _array(data)
    return None if array is None else array.shape


def at(data: object, index: Index) -> str:
    """Return the element at `index` as it is written."""
    for place in index:
        data = data[place]  # type: ignore[index]  # nested lists, as deep as the index is long
    return token(data)


def picture(data: object, marked: Collection[Index], limits: Limits) -> Picture | None:
    """Return an array as planes; None where the data are missing or ragged.

    Where not everything can be shown, the part around the marked positions is.
    """
    array = _array(data)
    if array is None:
        return None
    flat = (0,) * (2 - array.ndim)
    spread = array.reshape((1,) * len(flat) + array.shape)
    lead = spread.ndim - 2
    marks = {flat + tuple(index) for index in marked}
    marked_places = {mark[:lead] for mark in marks}
    places = list(np.ndindex(*spread.shape[:lead])) if spread.size else []
    chosen = sorted(sorted(places, key=lambda place: place not in marked_places)[: limits.planes])
    several = len(places) > 1
    drawn = tuple(_plane(spread, place, marks, limits, several=several) for place in chosen)
    return Picture(array.ndim, drawn, _left_out(len(places), len(chosen)))


def _array(data: object) -> np.ndarray[Any, np.dtype[np.object_]] | None:
    if data is None:
        return None
    array = np.array(data, dtype=object)
    ragged = any(isinstance(entry, (list, tuple, dict)) for entry in array.flat)
    return None if ragged else array


def _left_out(places: int, chosen: int) -> str:
    return f"{places - chosen} of {places} planes are not shown" if places > chosen else ""


def _plane(
    spread: np.ndarray[Any, np.dtype[np.object_]],
    place: Index,
    marks: set[Index],
    limits: Limits,
    *,
    several: bool,
) -> Plane:
    plane = spread[place]
    here = {mark[-2:] for mark in marks if mark[:-2] == place}
    rows = _window(plane.shape[0], limits.rows, [row for row, _ in here])
    columns = _window(plane.shape[1], limits.columns, [column for _, column in here])
    label = [f"[{', '.join(map(str, place))}]"] if several else []
    label += _part("rows", rows, plane.shape[0]) + _part("columns", columns, plane.shape[1])
    return Plane(
        ", ".join(label),
        tuple(
            tuple(Entry(token(plane[row, column]), (row, column) in here) for column in columns)
            for row in rows
        ),
    )


def _window(length: int, limit: int, marked: list[int]) -> range:
    """Return at most `limit` places of an axis, with the first marked one among them."""
    if length <= limit:
        return range(length)
    middle = min(marked, default=0)
    start = max(0, min(middle - limit // 2, length - limit))
    return range(start, start + limit)


def _part(word: str, shown: range, length: int) -> list[str]:
    if len(shown) == length:
        return []
    return [f"{word} {shown.start} to {shown.stop - 1} of {length}"]


def comparison(expected: object, got: object, limit: int = 3) -> str:
    """Return in a few lines where two arrays differ; empty unless there are two."""
    shapes = shape_of(expected), shape_of(got)
    if None in shapes:
        return ""
    places = differing(expected, got)
    if places is None:
        return f"shape {shapes[0]} was expected, got {shapes[1]}"
    total = int(np.prod(shapes[0] or (), dtype=np.int64))
    if not places:
        return f"no element of {total}; what differs is said beside the arrays" if total else ""
    shown = [
        f"at {list(place)} expected {at(expected, place)}, got {at(got, place)}"
        for place in itertools.islice(places, limit)
    ]
    more = [f"and {len(places) - limit} more"] if len(places) > limit else []
    return "\n".join([f"{len(places)} of {total} elements", *shown, *more])


def kind(argument: Mapping[str, Any]) -> str:
    """Return the dtype and shape of an argument in words."""
    shape = argument["shape"]
    written = str(tuple(shape)) if isinstance(shape, (list, tuple)) else ""
    return untrusted.line(f"{argument['dtype'] or ''} {written}".strip())
