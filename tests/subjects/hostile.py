"""Tiling pooling by implementations that do something else besides, or in its place."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.zoo.sound import Sound
from reference.pool import Pool

Array = NDArray[Any]
HUGE = 1_000_000


class Right(Sound):
    """Sound for tiling windows."""

    claims = frozenset()


class Also(Right):
    """Does something with the call first, and then answers it."""

    def __init__(self, deed: Callable[[Array, Pool], object]) -> None:
        """Take what is done with the input and the parameters."""
        self.deed = deed

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Any]:
        """Do the deed and return the right answer."""
        answer = super().forward(x.copy(), pool)
        self.deed(x, pool)
        return answer


class Raising(Right):
    """Raises an exception in place of an answer."""

    def __init__(self, error: Callable[[], BaseException]) -> None:
        """Take what makes the exception."""
        self.error = error

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Any]:
        """Refuse what is to be refused, and raise."""
        super().forward(x, pool)
        raise self.error()


class UnutterableError(Exception):
    """Neither its message nor its repr can be made."""

    def __str__(self) -> str:
        """Raise."""
        raise RuntimeError

    __repr__ = __str__


class Leaving(BaseException):
    """No Exception, as those of test runners and event loops are."""


class Vanishing(Right):
    """Loses its method after some calls."""

    def __init__(self) -> None:
        """Start with all methods."""
        self.calls = 0

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401 - any attribute
        """Return an attribute, and after twenty looks none that is called forward."""
        if name == "forward":
            self.calls += 1
            if self.calls > 20:
                message = "the library was unloaded"
                raise RuntimeError(message)
        return super().__getattribute__(name)


def noise(_x: Array, _pool: Pool) -> None:
    """Write to every output there is, and warn."""
    print("NOISE on stdout")  # noqa: T201 - noise
    print("NOISE on stderr", file=sys.stderr)  # noqa: T201 - noise
    os.write(1, b"NOISE on file 1\n")
    os.write(2, b"NOISE on file 2\n")
    warnings.warn("NOISE as a warning", stacklevel=1)


def strict(_x: Array, _pool: Pool) -> None:
    """Let NumPy raise and warnings be errors, for whoever comes next."""
    np.seterr(all="raise")
    warnings.simplefilter("error")


def leave_folder(_x: Array, _pool: Pool) -> None:
    """Change to a folder that is then removed."""
    folder = Path(tempfile.mkdtemp())
    os.chdir(folder)
    folder.rmdir()


def forget(_x: Array, _pool: Pool) -> None:
    """Empty the environment and the module search path."""
    os.environ.clear()
    sys.path.clear()


def close(_x: Array, _pool: Pool) -> None:
    """Close the standard streams of Python."""
    sys.stdout.close()
    sys.stderr.close()


def recurse(_x: Array, _pool: Pool) -> None:
    """Call itself until Python stops it."""
    recurse(_x, _pool)


def rewrite_pool(_x: Array, pool: Pool) -> None:
    """Change the frozen parameters."""
    object.__setattr__(pool, "kernel_size", (1,) * len(pool.kernel_size))
    object.__setattr__(pool, "padding", "none")


def release(x: Array, _pool: Pool) -> None:
    """Give the memory of the input back."""
    if x.flags.owndata and x.flags.writeable:
        x.resize((0,), refcheck=False)


def reshape(x: Array, _pool: Pool) -> None:
    """Flatten the input in place."""
    if x.flags.c_contiguous:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            x.shape = (x.size,)


def lock(x: Array, _pool: Pool) -> None:
    """Make the input read-only, which changes none of its elements."""
    x.flags.writeable = False


right = Right()
noisy, striking = Also(noise), Also(strict)
moving, forgetting, closing = Also(leave_folder), Also(forget), Also(close)
locking = Also(lock)

releasing, reshaping, rewriting = Also(release), Also(reshape), Also(rewrite_pool)
recursing = Also(recurse)
leaving = Raising(lambda: SystemExit(0))
interrupting = Raising(KeyboardInterrupt)
skipping = Raising(Leaving)
unutterable = Raising(UnutterableError)
huge = Raising(lambda: RuntimeError("x" * HUGE))
marked = Raising(lambda: RuntimeError("[bold red]x[/] <script>alert(1)</script> \x1b[2J \ud800"))
vanishing = Vanishing()
