"""What a check says to an implementation and hears from it, call by call."""

from __future__ import annotations

import threading
import zlib
from typing import Any, Protocol

import numpy as np

from conformance.cases.case import Array
from conformance.contract import kind_of
from conformance.nonconformance import native

METHODS = ("forward", "indices", "backward")


class Listener(Protocol):
    """Whoever is told of the calls."""

    def asked(self, method: str, arguments: tuple[Any, ...]) -> None:
        """Take a call before it is made."""

    def answered(self, result: object, raised: BaseException | None) -> None:
        """Take what the last call came to: a result, or what it raised."""


class Overheard:
    """An implementation that is called through this object, so that a listener hears it.

    Calls from another thread than the one that made it are passed on unheard.
    """

    def __init__(self, subject: object, listener: Listener) -> None:
        """Take the implementation and who listens."""
        self._subject, self._listener = subject, listener
        self._thread = threading.get_ident()
        self.crowded = False
        """Whether calls came from several threads."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the implementation has
        """Return what the implementation has, its calls with an ear on them."""
        found = getattr(self._subject, name)
        if name not in METHODS:
            return found
        return lambda *arguments: self._passed(name, found, arguments)

    def _passed(self, name: str, call: Any, arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401
        if threading.get_ident() != self._thread:
            self.crowded = True
            return call(*arguments)
        self._listener.asked(name, arguments)
        try:
            result = call(*arguments)
        except BaseException as raised:
            self._listener.answered(None, raised)
            raise
        self._listener.answered(result, None)
        return result


class Gist:
    """A listener that keeps of each answer just enough to tell it from another."""

    def __init__(self) -> None:
        """Start with nothing heard."""
        self.heard: list[object] = []
        self._method = ""

    def asked(self, method: str, arguments: tuple[Any, ...]) -> None:  # noqa: ARG002 - of a Listener
        """Note which call it is."""
        self._method = method

    def answered(self, result: object, raised: BaseException | None) -> None:
        """Keep the kind of an exception, or the bits of an array."""
        if raised is not None:
            self.heard.append((self._method, kind_of(raised)))
        elif self._method == "forward" and isinstance(result, tuple | list) and result:
            self.heard.append((self._method, gist(result[0])))
        else:
            self.heard.append((self._method, gist(result)))


def gist(result: object) -> object:
    """Return what tells one result from another: dtype, shape and bits, every NaN alike."""
    try:
        return _gist(result)
    except Exception as error:  # noqa: BLE001 - an array class of somebody else may do anything
        return "unreadable", kind_of(error)


def _gist(result: object) -> object:
    if not isinstance(result, np.ndarray):
        return type(result).__name__
    if result.dtype == object:
        return "objects", result.shape
    return result.dtype.name, result.shape, zlib.crc32(_plain(result).tobytes())


def _plain(array: Array) -> Array:
    """Return a contiguous native copy in which every NaN has the same bits."""
    bits = np.array(native(array), order="C")
    if bits.dtype.kind == "f" or bits.dtype.name == "bfloat16":
        bits[bits != bits] = np.nan  # noqa: PLR0124 - NaN
    return bits
