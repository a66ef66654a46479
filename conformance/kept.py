"""What was computed and may be asked for again, within a bound."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Values by key, of so many numbers together at most; what came first makes room.

    Safe for threads: a check may call an implementation in several, and it may ask what is kept.
    """

    def __init__(self, most: int) -> None:
        """Begin with nothing."""
        self._most, self._held = most, 0
        self._found: dict[Key, tuple[Value, int]] = {}
        self._one_at_a_time = Lock()

    def __contains__(self, key: Key) -> bool:
        """Return whether a value is still kept."""
        return key in self._found

    def get(self, key: Key) -> Value | None:
        """Return a value, or None if it is not kept."""
        found = self._found.get(key)
        return None if found is None else found[0]

    def keep(self, key: Key, value: Value, size: int) -> None:
        """Keep a value of so many numbers; what is kept under the key already stays."""
        with self._one_at_a_time:
            if key in self._found:
                return
            self._found[key] = value, size
            self._held += size
            while self._held > self._most:
                self._held -= self._found.pop(next(iter(self._found)))[1]

    def clear(self) -> None:
        """Keep nothing."""
        with self._one_at_a_time:
            self._found.clear()
            self._held = 0
