"""A finding as a picture: the input with its padding, windows, winners and gradient."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from conformance.report import claims, planes
from conformance.report.claims import Place, Scene
from conformance.verdict import Json

ROWS, COLUMNS = 12, 14
"""The most positions of a plane, or of the slices of a volume, padding included, that are drawn."""
MANY = 16
"""With more windows only those at fault are drawn."""
WIDTH, HEIGHT = 58, 30
"""Pixels of a position."""
WIDER, HIGHER = 34, 18
"""What is added where a gradient stands in it."""
LETTER, SMALL_LETTER = 8, 6
"""Pixels of a letter of a value, and of a gradient."""
BESIDE, SMALL_BESIDE = 26, 10
"""What is free beside them: beside a value there is room for the mark of a winner."""
MARGIN = 6
GAP = 14
"""Pixels between the slices of a volume, which are drawn one below the other."""
FAULTS = 4
"""The most windows at fault that are drawn."""
Text = tuple[str, str, bool]
"""A value, its gradient, and whether that differs."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One position of the padded plane."""

    x: int
    y: int
    kind: str
    """element, or padding."""
    text: str
    gradient: str = ""
    """What it receives: `3`, or `3, got 0`."""
    differs: bool = False
    wins: bool = False
    named: bool = False
    """Whether an index of the implementation names it, and should not."""
    tap: bool = False
    """Whether a window at fault reads it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The outline of a window."""

    x: float
    y: float
    width: float
    height: float
    fault: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that is drawn, in pixels."""

    width: int
    height: int
    cell: tuple[int, int]
    cells: tuple[Cell, ...]
    frames: tuple[Frame, ...]
    legend: tuple[tuple[str, str], ...]
    """(sign, meaning) of what occurs in it."""
    title: str


@dataclass(frozen=True, slots=True)
class _View:
    """One plane of a scene; a line is drawn as one row, a volume as its slices."""

    scene: Scene
    plane: Place
    pads: tuple[tuple[int, int], ...]
    sizes: tuple[int, ...]
    gradient: bool
    width: int = WIDTH
    """The width of a position in pixels."""

    @property
    def height(self) -> int:
        """Return the height of a position in pixels."""
        return HEIGHT + HIGHER * self.gradient

    @property
    def grid(self) -> tuple[int, int, int]:
        """Return how many slices, rows in each and columns there are, padding included."""
        spans = [n + begin + end for n, (begin, end) in zip(self.sizes, self.pads, strict=True)]
        slices, rows, columns = [1, 1, *spans][-3:]
        return slices, rows, columns

    def corner(self, at: Place) -> tuple[int, int]:
        """Return where the upper left corner of a position is drawn."""
        steps = [one + begin for one, (begin, _) in zip(at, self.pads, strict=True)]
        depth, row, column = [0, 0, *steps][-3:]
        above = (depth * self.grid[1] + row) * self.height + depth * GAP
        return MARGIN + column * self.width, MARGIN + above

    def extent(self) -> tuple[int, int]:
        """Return the width and the height of the whole, in pixels."""
        slices, rows, columns = self.grid
        height = slices * rows * self.height + (slices - 1) * GAP
        return columns * self.width + 2 * MARGIN, height + 2 * MARGIN


def draw(finding: Json, dialect: Mapping[str, str]) -> Drawing | None:
    """Return the picture of a finding; None where it is too large or unknown."""
    scene = claims.scene(finding, dialect)
    if scene is None or not scene.found.y.size:
        return None
    pool, rank = scene.pool, scene.pool.rank
    sizes = scene.x.shape[-rank:]
    pads = tuple(
        (begin, max(0, (out - 1) * s + (k - 1) * d + 1 - begin - n))
        for n, out, k, s, (begin, _), d in zip(
            sizes, scene.found.y.shape[-rank:], pool.kernel_size, pool.stride, pool.padding,
            pool.dilation, strict=True,
        )
    )  # fmt: skip
    plane = _plane(finding, scene)
    view = _View(scene, plane, pads, sizes, claims.about_gradient(finding, scene))
    slices, rows, columns = view.grid
    if columns > COLUMNS or slices * rows > ROWS:
        return None
    texts = _texts(finding, view)
    view = replace(view, width=_width(texts, view.width + WIDER * view.gradient))
    faults = _faults(finding, view)
    cells = tuple(_cells(finding, view, faults, texts))
    several = len(list(_windows(view))) <= MANY
    others = [one for one in _windows(view) if several and one not in faults]
    frames = [frame for one in others for frame in _frames(view, one, fault=False)]
    frames += [frame for one in faults[:FAULTS] for frame in _frames(view, one, fault=True)]
    width, height = view.extent()
    legend = tuple(_legend(cells, frames, slices))
    where = f"plane {list(plane)} of the input" if any(plane) else "the input"
    title = f"{where} with its windows"
    return Drawing(width, height, (view.width, view.height), cells, tuple(frames), legend, title)


def _texts(finding: Json, view: _View) -> dict[Place, Text]:
    """Return what stands in each position of the plane that is no padding."""
    return {
        at: (planes.token(_plain(view, place)), *_gradient(finding, view, place))
        for at in itertools.product(*map(range, view.sizes))
        for place in [(*view.plane, *at)]
    }


def _width(texts: Mapping[Place, Text], least: int) -> int:
    """Return the width of a position that holds the longest of its texts."""
    values = (LETTER * len(value) + BESIDE for value, _, _ in texts.values())
    gradients = (SMALL_LETTER * len(gradient) + SMALL_BESIDE for _, gradient, _ in texts.values())
    return max(least, *values, *gradients)


def _differing(finding: Json) -> list[Place]:
    return planes.differing(finding["expected"]["data"], finding["got"]["data"]) or []


def _plane(finding: Json, scene: Scene) -> Place:
    """Return the plane that something differs in, or the first."""
    lead = scene.x.ndim - scene.pool.rank
    for place in _differing(finding):
        if len(place) == scene.x.ndim and place[:lead] < scene.x.shape[:lead]:
            return place[:lead]
    return (0,) * lead


def _windows(view: _View) -> Iterator[Place]:
    """Yield the places in the output of this plane."""
    return (place for place in view.scene.windows if place[: len(view.plane)] == view.plane)


def _winner(view: _View, window: Place) -> Place | None:
    winners = view.scene.windows[window]
    return winners[0] if winners else None


def _faults(finding: Json, view: _View) -> list[Place]:
    """Return the windows at fault: those that answer otherwise, or whose gradient went astray."""
    shape = planes.shape_of(finding["expected"]["data"])
    if claims.about_argument(finding):
        return []
    differing = [place for place in _differing(finding) if place[: len(view.plane)] == view.plane]
    if view.gradient:
        return [one for one in _windows(view) if _winner(view, one) in differing]
    return differing if shape == view.scene.found.y.shape else []


def _taps(view: _View, window: Place) -> Iterator[Place]:
    """Yield the positions in the plane that a window reads; some may lie in the padding."""
    pool, at = view.scene.pool, window[len(view.plane) :]
    starts = [o * s - begin for o, s, (begin, _) in zip(at, pool.stride, view.pads, strict=True)]
    lists = [
        [start + j * d for j in range(k)]
        for start, k, d in zip(starts, pool.kernel_size, pool.dilation, strict=True)
    ]
    return itertools.product(*lists)


def _cells(
    finding: Json, view: _View, faults: Sequence[Place], texts: Mapping[Place, Text]
) -> Iterator[Cell]:
    spans = [range(-begin, n + end) for n, (begin, end) in zip(view.sizes, view.pads, strict=True)]
    shown = faults or list(_windows(view))[:MANY]
    dilated = faults[:FAULTS] if max(view.scene.pool.dilation) > 1 else []
    taps = {tap for window in dilated for tap in _taps(view, window)}
    winners = {_winner(view, window) for window in shown}
    named = _named(finding, view, faults)
    for at in itertools.product(*spans):
        x, y = view.corner(at)
        if at not in texts:
            yield Cell(x, y, "padding", "", tap=at in taps, named=at in named)
            continue
        wins = (*view.plane, *at) in winners
        yield Cell(x, y, "element", *texts[at], wins, at in named, at in taps)


def _plain(view: _View, place: Place) -> object:
    value = view.scene.x[place].item() if hasattr(view.scene.x[place], "item") else 0
    return value if isinstance(value, bool | int) else float(view.scene.x[place])


def _gradient(finding: Json, view: _View, place: Place) -> tuple[str, bool]:
    if not view.gradient:
        return "", False
    expected, got = (planes.at(finding[side]["data"], place) for side in ("expected", "got"))
    return (expected, False) if expected == got else (f"{expected}, got {got}", True)


def _named(finding: Json, view: _View, faults: Sequence[Place]) -> set[Place]:
    """Return the positions that wrong indices name, where indices count through the plane."""
    got = finding["got"]
    if not got["text"].startswith(("int64", "int32")) or view.scene.x.dtype.kind in "iu":
        return set()
    found: set[Place] = set()
    for window in faults[:FAULTS]:
        named = planes.at(got["data"], window)
        if named.isdecimal():
            found.add(_position(int(named), view.sizes))
    return found


def _position(index: int, sizes: tuple[int, ...]) -> Place:
    """Return the position that an index counts to; past the plane, one that does not exist."""
    at: Place = ()
    for n in sizes[:0:-1]:
        index, place = divmod(index, n)
        at = (place, *at)
    return (index, *at)


def _frames(view: _View, window: Place, *, fault: bool) -> Iterator[Frame]:
    """Yield the outline of a window in each slice, drawn a little smaller from one to the next."""
    inset = 3.0 if fault else 1.5 + sum(window) % 3 * 2.5
    for _, taps in itertools.groupby(_taps(view, window), key=lambda tap: tap[:-2]):
        corners = [view.corner(tap) for tap in taps]
        (left, top), (right, bottom) = corners[0], corners[-1]
        yield Frame(
            left + inset,
            top + inset,
            right - left + view.width - 2 * inset,
            bottom - top + view.height - 2 * inset,
            fault,
        )


def _legend(
    cells: Sequence[Cell], frames: Sequence[Frame], slices: int
) -> Iterator[tuple[str, str]]:
    if any(one.kind == "padding" for one in cells):
        yield "padding", "padding, or past the end"
    if any(not one.fault for one in frames):
        yield "window", "window"
    if any(one.fault for one in frames):
        yield "fault", "window that is answered wrongly"
    if any(one.tap for one in cells):
        yield "tap", "position that it reads"
    if any(one.wins for one in cells):
        yield "wins", "winner"
    if any(one.named for one in cells):
        yield "named", "element that the index names"
    if any(one.gradient for one in cells):
        yield "gradient", "below the value: its gradient"
    if slices > 1:
        yield "slices", "slices along the first axis stand one below the other"
