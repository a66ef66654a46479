"""What was computed and may be asked for again, within a bound."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Values by key, of so many numbers together at most; what came first makes room."""

    def __init__(self, most: int) -> None:
        """Begin with nothing."""
        self._most, self._held = most, 0
        self._found: dict[Key, tuple[Value, int]] = {}

    def __contains__(self, key: Key) -> bool:
        """Return whether a value is still kept."""
        return key in self._found

    def get(self, key: Key) -> Value | None:
        """Return a value, or None if it is not kept."""
        found = self._found.get(key)
        return None if found is None else found[0]

    def keep(self, key: Key, value: Value, size: int) -> None:
        """Keep a value of so many numbers under a key that is not in use."""
        self._found[key] = value, size
        self._held += size
        while self._held > self._most:
            oldest = next(iter(self._found))
            self._held -= self._found.pop(oldest)[1]

    def clear(self) -> None:
        """Keep nothing."""
        self._found.clear()
        self._held = 0
