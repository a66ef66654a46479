"""The MNIST example does what its page says, and its pictures are the ones it draws."""

from __future__ import annotations

import doctest
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

DOCS = Path(__file__).parents[1] / "docs"
PICTURES = ("input.png", "output.png", "gradient.png")
CODE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)


def blocks(plane: NDArray[Any]) -> NDArray[Any]:
    """Return the 2x2 blocks of a plane of 28x28, shape (14, 14, 4), in reading order."""
    return plane.reshape(14, 2, 14, 2).swapaxes(1, 2).reshape(14, 14, 4)


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "mnist.py"))


@pytest.fixture(scope="module")
def planes(script: dict[str, Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the digit, the pooled digit and the gradient, without batch and channel."""
    x = script["digit"]()
    y, dx = script["there_and_back"](x)
    assert x.shape == dx.shape == (1, 1, 28, 28)
    assert y.shape == (1, 1, 14, 14)
    return x[0, 0], y[0, 0], dx[0, 0]


def test_the_digit_is_ink_on_paper(planes: tuple[NDArray[Any], ...]) -> None:
    x, _, _ = planes
    assert (x.min(), x.max()) == (0, 255)
    assert (x[:3] == 0).all()
    assert 100 < np.count_nonzero(x) < 300


def test_the_output_is_the_brightest_pixel_of_each_block(
    planes: tuple[NDArray[Any], ...],
) -> None:
    x, y, _ = planes
    np.testing.assert_array_equal(y, blocks(x).max(axis=2))


def test_each_block_gives_its_gradient_to_its_first_brightest_pixel(
    planes: tuple[NDArray[Any], ...],
) -> None:
    x, _, dx = planes
    np.testing.assert_array_equal(np.count_nonzero(blocks(dx), axis=2), 1)
    np.testing.assert_array_equal(blocks(dx).argmax(axis=2), blocks(x).argmax(axis=2))


def test_the_gradient_is_conserved(planes: tuple[NDArray[Any], ...]) -> None:
    _, y, dx = planes
    np.testing.assert_array_equal(blocks(dx).sum(axis=2), 1)
    assert dx.sum() == y.size == 196


def test_running_the_script_draws_the_pictures_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "images"
    monkeypatch.setattr(sys, "argv", ["mnist.py", str(folder)])
    runpy.run_path(str(DOCS / "mnist.py"), run_name="__main__")
    assert sorted(path.name for path in folder.iterdir()) == sorted(PICTURES)
    for name in PICTURES:
        drawn, shown = pixels(folder / name), pixels(DOCS / "images" / name)
        np.testing.assert_array_equal(drawn, shown, err_msg=f"docs/images/{name} is stale")


def test_the_pictures_show_what_was_computed(planes: tuple[NDArray[Any], ...]) -> None:
    for name, plane in zip(PICTURES, planes, strict=True):
        picture = pixels(DOCS / "images" / name)
        dots = picture.shape[0] // plane.shape[0]
        brightest = 1 if name == "gradient.png" else 255
        assert picture.shape == (plane.shape[0] * dots, plane.shape[1] * dots)
        np.testing.assert_array_equal(picture[::dots, ::dots], plane * (255 / brightest))


def test_the_page_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    page = DOCS / "mnist.md"
    text = page.read_text(encoding="utf-8")
    code = "\n".join(CODE.findall(text))
    example = doctest.DocTestParser().get_doctest(code, {}, page.name, str(page), 0)
    outcome = doctest.DocTestRunner().run(example)
    assert outcome.failed == 0, capsys.readouterr().out
    assert outcome.attempted == text.count(">>> ") > 20


def test_the_page_shows_every_picture() -> None:
    text = (DOCS / "mnist.md").read_text(encoding="utf-8")
    assert re.findall(r"\(images/(.*?)\)", text) == list(PICTURES)
