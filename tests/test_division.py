"""The order in which implementations are judged by several workers."""

from __future__ import annotations

import pytest

from conformance.division import divided, in_order


@pytest.mark.parametrize(
    ("count", "workers", "places"),
    [
        (1, 1, []),
        (1, 2, [0]),
        (2, 2, []),
        (3, 2, [1]),
        (5, 2, [2]),
        (3, 4, [0, 1, 2]),
        (4, 3, [1, 2]),
        (1, 8, [0]),
        (0, 2, []),
    ],
)
def test_shares_meet_in_these_places(count: int, workers: int, places: list[int]) -> None:
    """Lay equal shares beside each other."""
    assert divided(count, workers) == places


def test_who_claims_least_is_the_one_divided() -> None:
    """Three implementations and two workers: the middle one is judged by both."""
    claims = {"reshape": 5, "im2col": 20, "windowed": 20}
    assert in_order(list(claims), claims, 2) == ["im2col", "reshape", "windowed"]


def test_the_order_is_kept_where_nobody_is_divided() -> None:
    """One worker, or as many workers as implementations."""
    claims = {"c": 3, "a": 1, "b": 2}
    assert in_order(list(claims), claims, 1) == ["c", "a", "b"]
    assert in_order(list(claims), claims, 3) == ["c", "a", "b"]


@pytest.mark.parametrize("workers", range(1, 9))
def test_nobody_is_lost(workers: int) -> None:
    """Whatever the number of workers, everybody is judged once."""
    for count in range(7):
        claims = {name: (name * 5) % 7 for name in range(count)}
        assert sorted(in_order(list(claims), claims, workers)) == list(range(count))
