"""What is kept to be asked for again: within its bound, the first under a key, safe for threads."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from conformance.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 10
THREADS = 4


@pytest.fixture
def _hurried() -> Iterator[None]:
    """Let the interpreter go from thread to thread at every chance."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_what_came_first_makes_room() -> None:
    """The sum of the sizes is bounded."""
    kept: Kept[int, str] = Kept(MOST)
    for key in range(3):
        kept.keep(key, str(key), size=4)
    assert [kept.get(key) for key in range(3)] == [None, "1", "2"]


def test_the_first_under_a_key_stays_and_counts_once() -> None:
    """Two that computed the same value at once do not take its room twice."""
    kept: Kept[str, int] = Kept(MOST)
    for value in (1, 2, 3):
        kept.keep("same", value, size=4)
    kept.keep("other", 4, size=6)
    assert (kept.get("same"), kept.get("other")) == (1, 4)


@pytest.mark.usefixtures("_hurried")
def test_several_threads_keep_at_once() -> None:
    """None fails for want of what another has just put out, and the bound holds after all of it."""
    kept: Kept[int, int] = Kept(MOST)
    asked = range(8000)

    def keep_all(_: int) -> None:
        for key in asked:
            kept.keep(key, key, size=1)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(keep_all, range(THREADS)))
    assert sum(key in kept for key in asked) == MOST
