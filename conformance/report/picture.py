"""A finding as a picture: the input with its padding, windows, winners and gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.report import claims, planes
from conformance.report.claims import Place, Scene
from conformance.verdict import Json

ROWS, COLUMNS = 12, 14
"""The most positions of a plane, padding included, that are drawn."""
MANY = 16
"""With more windows only those at fault are drawn."""
WIDTH, HEIGHT = 58, 30
"""Pixels of a position."""
WIDER, HIGHER = 34, 18
"""What is added where a gradient stands in it."""
MARGIN = 6
FAULTS = 4
"""The most windows at fault that are drawn."""


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
    """One plane of a scene, seen as two axes; a line is a plane of one row."""

    scene: Scene
    plane: Place
    pads: tuple[tuple[int, int], ...]
    sizes: tuple[int, ...]
    gradient: bool

    @property
    def height(self) -> int:
        """Return the height of a position in pixels."""
        return HEIGHT + HIGHER * self.gradient

    @property
    def width(self) -> int:
        """Return the width of a position in pixels."""
        return WIDTH + WIDER * self.gradient


def draw(finding: Json, dialect: Mapping[str, str]) -> Drawing | None:
    """Return the picture of a finding; None where it is too large, unknown, or a volume."""
    scene = claims.scene(finding, dialect)
    if scene is None or scene.pool.rank > 2 or not scene.found.y.size:  # noqa: PLR2004 - a plane
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
    spans = [n + begin + end for n, (begin, end) in zip(sizes, pads, strict=True)]
    if spans[-1] > COLUMNS or (rank > 1 and spans[0] > ROWS):
        return None
    plane = _plane(finding, scene)
    view = _View(scene, plane, pads, sizes, claims.about_gradient(finding, scene))
    faults = _faults(finding, view)
    cells = tuple(_cells(finding, view, faults))
    several = len(list(_windows(view))) <= MANY
    others = [one for one in _windows(view) if several and one not in faults]
    frames = [_frame(view, one, fault=False) for one in others]
    frames += [_frame(view, one, fault=True) for one in faults[:FAULTS]]
    width = spans[-1] * view.width + 2 * MARGIN
    height = (spans[0] if rank > 1 else 1) * view.height + 2 * MARGIN
    legend = tuple(_legend(cells, frames))
    where = f"plane {list(plane)} of the input" if any(plane) else "the input"
    title = f"{where} with its windows"
    return Drawing(width, height, (view.width, view.height), cells, tuple(frames), legend, title)


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
    if len(lists) == 1:
        return ((one,) for one in lists[0])
    return ((row, column) for row in lists[0] for column in lists[1])


def _cells(finding: Json, view: _View, faults: Sequence[Place]) -> Iterator[Cell]:
    spans = [range(-begin, n + end) for n, (begin, end) in zip(view.sizes, view.pads, strict=True)]
    rows = spans[0] if len(spans) > 1 else range(1)
    shown = faults or list(_windows(view))[:MANY]
    dilated = faults[:FAULTS] if max(view.scene.pool.dilation) > 1 else []
    taps = {tap for window in dilated for tap in _taps(view, window)}
    winners = {_winner(view, window) for window in shown}
    named = _named(finding, view, faults)
    for i, row in enumerate(rows):
        for j, column in enumerate(spans[-1]):
            at = (row, column) if len(spans) > 1 else (column,)
            x, y = MARGIN + j * view.width, MARGIN + i * view.height
            if any(not 0 <= one < n for one, n in zip(at, view.sizes, strict=True)):
                yield Cell(x, y, "padding", "", tap=at in taps, named=at in named)
                continue
            place = (*view.plane, *at)
            text = planes.token(_plain(view, place))
            gradient, differs = _gradient(finding, view, place)
            yield Cell(
                x, y, "element", text, gradient, differs, place in winners, at in named, at in taps
            )  # fmt: skip


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
    columns = view.sizes[-1]
    found: set[Place] = set()
    for window in faults[:FAULTS]:
        named = planes.at(got["data"], window)
        if named.isdecimal():
            index = int(named)
            found.add((index // columns, index % columns) if len(view.sizes) > 1 else (index,))
    return found


def _frame(view: _View, window: Place, *, fault: bool) -> Frame:
    """Return the outline of a window, drawn a little smaller from one window to the next."""
    taps = list(_taps(view, window))
    inset = 3.0 if fault else 1.5 + sum(window) % 3 * 2.5
    begins = [begin for begin, _ in view.pads]
    low = [min(axis) + begin for axis, begin in zip(zip(*taps, strict=True), begins, strict=True)]
    high = [max(axis) + begin for axis, begin in zip(zip(*taps, strict=True), begins, strict=True)]
    top, bottom = (low[0], high[0]) if len(low) > 1 else (0, 0)
    return Frame(
        MARGIN + low[-1] * view.width + inset,
        MARGIN + top * view.height + inset,
        (high[-1] - low[-1] + 1) * view.width - 2 * inset,
        (bottom - top + 1) * view.height - 2 * inset,
        fault,
    )


def _legend(cells: Sequence[Cell], frames: Sequence[Frame]) -> Iterator[tuple[str, str]]:
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
