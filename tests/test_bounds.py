"""The bounds that docs/how-it-judges.md states are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from conformance.cases import reach
from conformance.cases.case import TIERS
from conformance.cases.geometry import BOUNDS, SMOKE_STEP
from conformance.checks.catalogue import checks

TEXT = (Path(__file__).parents[1] / "docs/how-it-judges.md").read_text("utf-8")
ORDINALS = {2: "second", 3: "third", 4: "fourth"}
NUMBERS = {18: "eighteen", 19: "nineteen", 20: "twenty", 21: "twenty-one", 22: "twenty-two"}


def test_the_table_states_the_bounds_of_each_tier() -> None:
    row = r"^\| (\w+)" + r" \| (\d+)" * 5 + r" \|$"
    rows = re.findall(row, TEXT, re.MULTILINE)
    assert [row[0] for row in rows] == list(TIERS)
    for tier, *numbers in rows:
        bounds = BOUNDS[tier]
        stated = [bounds.n, bounds.k, bounds.s, bounds.pads, bounds.d]
        assert list(map(int, numbers)) == stated


def test_the_text_states_which_pairs_the_smoke_tier_takes() -> None:
    assert f"The\nsmoke tier takes every {ORDINALS[SMOKE_STEP]} pair" in TEXT or (
        f"The smoke tier takes every {ORDINALS[SMOKE_STEP]} pair" in TEXT
    )


def test_the_text_states_what_lies_past_the_bounds() -> None:
    flat = " ".join(TEXT.split())
    unbroken = [k for k in reach.TAPS if k + 1 in reach.TAPS]
    assert f"Every kernel_size from {unbroken[0]} to {unbroken[-1] + 1} along each axis" in flat
    assert f"rows of {reach.RESTS[0]} to {reach.RESTS[-1]} windows" in flat
    small = [case for case in reach.single_rows() if case.tier != "deep"]
    channels = {case.shape[1] for case in small}
    assert f"every channel count up to {35} and the primes up to 67" in flat
    assert set(range(4, 36)) | {37, 41, 43, 47, 53, 59, 61, 67} <= channels


def test_the_text_states_how_many_laws_judge_the_search() -> None:
    count = sum(check.name == "test_searched_calls" for check in checks())
    assert f"The laws of {NUMBERS[count]} clauses judge each call" in " ".join(TEXT.split())
