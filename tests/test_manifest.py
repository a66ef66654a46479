"""The cases have permanent ids, the same in every process, and manifest.txt lists them."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from conformance.cases import hand, manifest
from conformance.cases.case import TIERS, Case, constant
from conformance.cases.manifest import Listener, SameIdError, listed, note
from conformance.checks.catalogue import checks
from conformance.clauses import clauses, features
from reference.pool import Pool

CHECKOUT = Path(__file__).parents[1]
LONGEST = 50


def digest() -> int:
    """Return a number for all ids, calls and arrays of the smoke tier."""
    total = 0
    for name, case in sorted(listed("smoke").items()):
        text = f"{name} {case} {case.x(7).tobytes()!r} {case.dy((2, 3), 7)}"
        total = zlib.crc32(text.encode(), total)
    return total


def lines() -> Iterator[list[str]]:
    for line in manifest.FILE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split("\t")


def test_the_file_lists_what_the_checks_are_given() -> None:
    assert manifest.FILE.read_text("utf-8") == manifest.manifest(), (
        "cases came, went or changed; if that is meant, run python -m conformance.cases.manifest"
    )


def test_the_file_has_one_line_per_case() -> None:
    ids = [line[1] for line in lines()]
    assert len(ids) == len(set(ids)) > 3000
    assert set(ids) == listed("smoke").keys() | listed("default").keys()
    assert Counter(line[0] for line in lines()).keys() == set(manifest.WRITTEN)


def test_the_command_writes_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = tmp_path / "manifest.txt"
    monkeypatch.setattr(manifest, "FILE", written)
    manifest.main()
    assert written.read_bytes() == (CHECKOUT / "conformance/cases/manifest.txt").read_bytes()


@pytest.mark.parametrize("tier", TIERS)
def test_an_id_has_at_most_50_printable_characters(tier: str) -> None:
    assert [name for name in listed(tier) if len(name) > LONGEST] == []
    odd = [name for name in listed(tier) if not name.isascii() or set(name) & set(" \t\n:/")]
    assert odd == []


def test_a_tier_runs_everything_that_the_tier_before_it_runs() -> None:
    for lower, higher in pairwise(TIERS):
        assert sorted(listed(lower).keys() - listed(higher).keys()) == []


@pytest.mark.parametrize("family", ["AXES", "PADDED", "SIDES", "DILATED", "CEIL", "ALL"])
def test_every_row_worked_out_by_hand_is_judged_by_some_check(family: str) -> None:
    rows: tuple[hand.Row, ...] = getattr(hand, family)
    assert {row.case.id for row in rows} <= listed("smoke").keys()


@pytest.mark.parametrize("tier", TIERS)
def test_every_clause_is_judged_in_every_tier_of_who_claims_everything(tier: str) -> None:
    judged = set()
    for check in checks():
        listener = Listener(features(), tier)
        check.run(listener)
        if listener.heard or listener.judged:
            judged.add(check.clause)
    assert sorted(clauses().keys() - judged) == []


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_cases_are_the_same_in_every_process(seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    script = "from tests.test_manifest import digest; print(digest())"
    done = subprocess.run(  # noqa: S603 - this Python, and a script of this file
        [sys.executable, "-c", script],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == (f"{digest()}\n", "")


def test_the_seed_changes_the_numbers_and_not_the_calls() -> None:
    case = listed("smoke")["mix.tiling"]
    assert not np.array_equal(case.x(0), case.x(1))
    assert np.array_equal(case.x(1), case.x(1))
    assert not np.array_equal(case.dy((4, 4), 0), case.dy((4, 4), 1))


def test_an_output_gradient_is_small_whole_and_never_zero() -> None:
    for case in (listed("smoke")["mix.tiling"], listed("smoke")["type.tiling-bfloat16"]):
        dy = case.dy((3, 5, 40), 0).astype(np.float64)
        assert case.dy((1,), 0).dtype.name == case.dtype
        assert set(np.unique(dy)) == {*range(-7, 0), *range(1, 8)}


def one(value: float, shape: tuple[int, ...] = (1, 1, 2, 2)) -> Case:
    return Case("same.name", Pool.of(2), shape, constant(value))


def test_one_id_for_two_cases_is_noticed() -> None:
    known: dict[str, Case] = {}
    note(known, one(1))
    note(known, one(1))
    assert list(known) == ["same.name"]
    for other in (one(2), one(1, (1, 1, 4, 4))):
        with pytest.raises(SameIdError, match=r"two cases are called same\.name"):
            note(known, other)


def test_the_number_of_cases_by_tier_is_written_at_the_top() -> None:
    first: Mapping[str, str] = manifest.first_tiers()
    head = manifest.FILE.read_text("utf-8").splitlines()[1]
    counts = Counter(first.values())
    assert head.endswith(", ".join(f"{counts[tier]} {tier}" for tier in TIERS) + ".")
    assert counts["deep"] > counts["default"] > counts["smoke"] > 800
