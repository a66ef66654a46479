"""The picture of a finding: positions, windows, winners and gradient."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from conformance.cases.case import Array
from conformance.findings import blank_finding, pool_json, shown, shown_argument
from conformance.report import claims, page, picture
from conformance.verdict import Json
from reference.pool import Pool
from tests.report_sample import as_read, failing, run


def found(  # noqa: PLR0913, PLR0917 - what a finding is made of
    x: Array, pool: Pool, expected: Array, got: Array, dy: Array | None = None, note: str = ""
) -> Json:
    """Return the finding of a call."""
    arguments = [shown_argument("x", x)]
    arguments += [shown_argument("dy", dy)] if dy is not None else []
    one = blank_finding("mine", "pad.never-wins", "test_it", "a.case", "a call")
    one |= {"arguments": arguments, "pool": pool_json(pool), "note": note, "verdict": "fail"}
    one |= {"expected": shown(expected), "got": shown(got)}
    read: Json = json.loads(json.dumps(one))
    return read


def plane(rows: Any, dtype: str = "float32") -> Array:  # noqa: ANN401 - nested lists
    """Return rows as an input of one batch item and one channel."""
    return np.array(rows, dtype)[None, None]


PADDED = Pool.of((2, 1), 1, ((1, 0), (0, 0)))
NO_KERNEL = Pool((0, 1), (1, 1), ((0, 0), (0, 0)), (1, 1))
OVERLAP = Pool.of((1, 2), 1)


def test_padding_windows_and_winners_are_drawn() -> None:
    drawing = picture.draw(found(plane([[-1]]), PADDED, plane([[-1]]), plane([[0]])), {})
    assert drawing is not None
    assert [(cell.kind, cell.text, cell.wins) for cell in drawing.cells] == [
        ("padding", "", False),
        ("element", "-1", True),
    ]
    (frame,) = drawing.frames
    assert frame.fault
    assert frame.height > picture.HEIGHT
    assert drawing.height == 2 * picture.HEIGHT + 2 * picture.MARGIN
    assert [sign for sign, _ in drawing.legend] == ["padding", "fault", "wins"]


def test_only_the_windows_at_fault_are_marked() -> None:
    x, y = plane([[1, 2, 3]]), plane([[2, 3]])
    drawing = picture.draw(found(x, OVERLAP, y, plane([[2, 9]])), {})
    assert drawing is not None
    assert [frame.fault for frame in drawing.frames] == [False, True]
    assert drawing.frames[0].x < drawing.frames[1].x
    assert [cell.wins for cell in drawing.cells] == [False, False, True]


def test_a_gradient_stands_below_its_element() -> None:
    x, dy = plane([[1, 7, 3]]), plane([[4, -9]])
    one = found(x, OVERLAP, plane([[0, -5, 0]]), plane([[0, -9, 0]]), dy)
    drawing = picture.draw(one, {})
    assert drawing is not None
    assert [cell.gradient for cell in drawing.cells] == ["0", "-5, got -9", "0"]
    assert [cell.differs for cell in drawing.cells] == [False, True, False]
    (told,) = claims.told(one)
    assert told.startswith("[0, 0, 0, 1] is claimed by the windows [0, 0, 0, 0] with 4 and ")
    assert told.endswith("[0, 0, 0, 1] with -9; it got -9")


def test_who_is_claimed_by_no_window_is_told() -> None:
    x, dy = plane([[1, 7, 3]]), plane([[4, -9]])
    one = found(x, OVERLAP, plane([[0, -5, 0]]), plane([[2, -5, 0]]), dy)
    assert claims.told(one) == ["[0, 0, 0, 0] is claimed by no window; it got 2"]


def test_an_argument_that_was_written_into_is_no_gradient() -> None:
    x = plane([[1]])
    one = found(x, Pool.of(1), x, plane([[0]]), x, "backward wrote into the output gradient")
    assert claims.told(one) == []
    drawing = picture.draw(one, {})
    assert drawing is not None
    assert not any(frame.fault for frame in drawing.frames)
    assert not any(cell.gradient for cell in drawing.cells)


def test_a_wrong_index_is_crossed_out_where_it_points() -> None:
    expected, got = np.array([[[[1]]]]), np.array([[[[0]]]])
    drawing = picture.draw(found(plane([[3, 5]]), Pool.of((1, 2)), expected, got), {})
    assert drawing is not None
    assert [(cell.named, cell.wins) for cell in drawing.cells] == [(True, False), (False, True)]


def test_dilation_shows_which_positions_are_read() -> None:
    pool = Pool.of((1, 2), 1, dilation=(1, 2))
    drawing = picture.draw(found(plane([[1, 9, 2]]), pool, plane([[2]]), plane([[9]])), {})
    assert drawing is not None
    assert [cell.tap for cell in drawing.cells] == [True, False, True]


def test_the_declared_dialect_decides_who_wins() -> None:
    one = found(plane([[5, 5]]), Pool.of((1, 2)), plane([[5]]), plane([[4]]))
    first, last = picture.draw(one, {}), picture.draw(one, {"ties": "last"})
    assert first is not None
    assert last is not None
    assert [cell.wins for cell in first.cells] == [True, False]
    assert [cell.wins for cell in last.cells] == [False, True]


def test_a_line_is_drawn_as_one_row() -> None:
    x = np.array([[[1, 2, 3]]], np.float32)
    one = found(x, Pool.of((3,)), np.array([[[3]]], np.float32), np.array([[[1]]], np.float32))
    drawing = picture.draw(one, {})
    assert drawing is not None
    assert len(drawing.cells) == 3
    assert drawing.height == picture.HEIGHT + 2 * picture.MARGIN


def test_the_plane_that_differs_is_drawn() -> None:
    x = np.arange(8, dtype=np.float32).reshape(1, 2, 2, 2)
    expected, got = x.max((2, 3), keepdims=True), x.max((2, 3), keepdims=True)
    got[0, 1] = 0
    drawing = picture.draw(found(x, Pool.of(2), expected, got), {})
    assert drawing is not None
    assert [cell.text for cell in drawing.cells] == ["4", "5", "6", "7"]
    assert "[0, 1]" in drawing.title


def test_a_position_is_as_wide_as_its_text() -> None:
    x, dy, dx = (plane([one], "float64") for one in ([1, 2], [-7.000000006519258], [0.0, 1.0]))
    dx[..., 1] = dy[..., 0]
    pool = Pool.of((1, 2), 1)
    drawing = picture.draw(found(x, pool, dx, np.zeros_like(dx), dy, "the gradient"), {})
    assert drawing is not None
    (longest,) = (cell.gradient for cell in drawing.cells if cell.differs)
    assert longest == "-7.000000006519258, got 0"
    assert drawing.cell[0] > picture.SMALL_LETTER * len(longest)
    assert drawing.cells[1].x - drawing.cells[0].x == drawing.cell[0]
    values = picture.draw(found(plane([[-1.25e-30]]), Pool.of(1), plane([[0]]), plane([[1]])), {})
    assert values is not None
    assert values.cell[0] > picture.LETTER * len(values.cells[0].text)


def test_the_slices_of_a_volume_stand_below_each_other() -> None:
    x = np.arange(12, dtype=np.float32).reshape(1, 1, 2, 2, 3)
    index, got = (np.array([[[[[first, 10, 11]]]]]) for first in (9, 3))
    drawing = picture.draw(found(x, Pool.of((2, 2, 1), 1), index, got), {})
    assert drawing is not None
    texts = [cell.text for cell in drawing.cells]
    assert texts == [str(one) for one in range(12)]
    left, width = picture.MARGIN, picture.WIDTH
    rows = [picture.MARGIN + picture.HEIGHT * one for one in (0, 1)]
    rows += [picture.MARGIN + picture.HEIGHT * one + picture.GAP for one in (2, 3)]
    assert [(cell.x, cell.y) for cell in drawing.cells[::3]] == [(left, y) for y in rows]
    faults = [frame for frame in drawing.frames if frame.fault]
    assert [frame.y > rows[2] for frame in faults] == [False, True]
    assert {frame.x > left + width for frame in faults} == {False}
    assert [cell.text for cell in drawing.cells if cell.named] == ["3"]
    assert [cell.text for cell in drawing.cells if cell.wins] == ["9"]
    assert drawing.height == rows[3] + picture.HEIGHT + picture.MARGIN
    assert "slices" in dict(drawing.legend)


@pytest.mark.parametrize(
    "one",
    [
        blank_finding("mine", "error.kernel", "test_it", "a.case", "a call"),
        found(plane([[1] * 20]), Pool.of(1), plane([[1]]), plane([[2]])),
        found(plane([[1]]), NO_KERNEL, plane([[1]]), plane([[2]])),
        found(
            np.zeros((1, 1, 4, 4, 2), "f4"), Pool.of((1, 1, 1)), plane([[1]]), plane([[2]])
        ),
    ],
    ids=["unknown", "wide", "forbidden", "large-volume"],
)  # fmt: skip
def test_what_cannot_be_drawn_has_no_picture(one: Json) -> None:
    assert picture.draw(one, {}) is None


def test_the_page_draws_it_without_loading_anything() -> None:
    read = as_read(run(failing()))
    one = read["implementations"][0]["findings"][0]
    one |= found(plane([[-1]]), PADDED, plane([[-1], [-1]]), plane([[0], [-1]]))
    html = page.render_page(read)
    svg = html[html.index("<svg") : html.index("</svg>")]
    assert 'role="img"' in svg
    assert svg.count('class="padding') == 1
    assert ">-1</text>" in svg
    assert "url(" not in html
    assert "style=" not in svg
