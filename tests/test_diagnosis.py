"""A failing implementation is told which known bug it looks like, and what has one cause."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest

from conformance.diagnosis import likeness
from conformance.diagnosis.inquest import open_diagnosis
from conformance.diagnosis.likeness import Asked, Seen, diagnose
from conformance.diagnosis.witnesses import Witness
from conformance.registry import Target, find, load
from conformance.verdict import Json
from conformance.verdicts import findings
from conformance.zoo import bugs
from conformance.zoo.naming import naming, records_of

Seeing: TypeAlias = Callable[[Asked, Sequence[Witness]], list[Seen]]
HEAD = """
import numpy as np

from conformance.zoo.gathers import *
from conformance.zoo.padding import *
from conformance.zoo.sound import Sound


"""


def judged(target: Target, only: Sequence[str] = ()) -> tuple[list[Json], Json]:
    """Return the accounts of the failed checks of an implementation, and the diagnosis."""
    records = records_of(target, "smoke", 0, makes_small=True, only=only)
    carried = json.loads(json.dumps(records))  # they come from another process
    return records, json.loads(json.dumps(open_diagnosis(target, "smoke", 0)({"records": carried})))


def written(folder: Path, source: str) -> Target:
    """Return a file as an implementation."""
    file = folder / "mine.py"
    file.write_text(HEAD + source, "utf-8")
    return find(f"{file}:Mine")


@pytest.mark.parametrize(
    "bug",
    [
        "zero-padding-wins",
        "own-index-int16-overflow",
        "own-saved-is-input",
        "empty-channel-accepted",
        "own-shared-scratch",
    ],
)
def test_a_known_bug_without_a_name_is_named_first(bug: str) -> None:
    found = naming(bug, "smoke")
    assert bug in found.first
    assert found.right
    assert found.findings == 1


def test_the_entry_says_what_it_does_and_where_it_was_met() -> None:
    target = Target("anonymous", "conformance.zoo.members:zero-padding-wins")
    records, found = judged(target, ["pad.never-wins", "infinity.minus"])
    assert {record["clause"] for record in records} == {"pad.never-wins", "infinity.minus"}
    (entry,) = found["behaves_like"]["pad.never-wins"]
    bug = bugs()["zero-padding-wins"]
    assert bug.citation is not None
    assert entry["bug"] == bug.id
    assert (entry["title"], entry["citation"]) == (bug.wrong, bug.citation.ref)
    assert entry["url"] == bug.citation.url
    assert entry["agreeing"] == entry["failing"] > 3
    assert found["behaves_like"]["infinity.minus"][0]["bug"] == bug.id


def test_a_bug_is_named_for_what_there_was_time_to_call_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = Target("mine", "conformance.zoo.members:zero-padding-wins")
    records, whole = judged(target)
    broken = {record["clause"] for record in records}
    assert set(whole["behaves_like"]) == broken
    monkeypatch.setattr(likeness, "_seen", partial(_first_seen, vars(likeness)["_seen"]))
    some = open_diagnosis(target, "smoke", 0)({"records": records})["behaves_like"]
    assert 0 < len(some) < len(broken)
    assert all(entries[0]["bug"] == "zero-padding-wins" for entries in some.values())


def _first_seen(seen: Seeing, asked: Asked, called: Sequence[Witness]) -> list[Seen]:
    """Return what is seen of two witnesses, as if there had been no time for more."""
    return seen(asked, called[:2])


def test_what_is_like_no_known_bug_is_given_no_name(tmp_path: Path) -> None:
    target = written(
        tmp_path,
        '''
class Mine(Sound):
    """Adds three to every maximum of 5 or more."""

    def _value(self, values, winners, windows):
        y = super()._value(values, winners, windows)
        return np.where(y >= 5, y + 3, y).astype(y.dtype) if y.dtype == np.float32 else y
''',
    )
    records, found = judged(target, ["value.maximum", "value.copied"])
    assert records
    assert not any(found["behaves_like"].values())


def test_what_does_not_fail_again_is_likened_to_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = written(
        tmp_path,
        '''
import os

class Mine(Sound):
    """Adds three to every maximum, as long as the environment says so."""

    def _value(self, values, winners, windows):
        y = super()._value(values, winners, windows)
        return (y + 3).astype(y.dtype) if "WRONG_HERE" in os.environ else y
''',
    )
    monkeypatch.setenv("WRONG_HERE", "1")
    records = records_of(target, "smoke", 0, makes_small=False, only=["value.maximum"])
    assert records
    monkeypatch.delenv("WRONG_HERE")
    found = diagnose(load(target), records, "smoke", 0)
    assert not any(found["behaves_like"].values())


def test_two_bugs_at_once_are_told_apart(tmp_path: Path) -> None:
    target = written(
        tmp_path,
        '''
class Mine(ZeroPaddingWins):
    """Zero padding wins, and a batch of size 0 is refused."""

    def forward(self, x, pool):
        if len(x) == 0:
            raise ValueError("nothing to pool")
        return super().forward(x, pool)
''',
    )
    records, found = judged(target, ["pad.never-wins", "infinity.minus", "batch.empty"])
    causes = findings(records, found)
    assert {cause.leader["clause"]: cause.leader["also"] for cause in causes} == {
        "pad.never-wins": ["infinity.minus"],
        "batch.empty": [],
    }
    like = {
        cause.leader["clause"]: [one["bug"] for one in cause.leader["behaves_like"]]
        for cause in causes
    }
    assert like == {
        "pad.never-wins": ["zero-padding-wins"],
        "batch.empty": ["own-empty-batch-refused"],
    }


def test_the_minimal_case_of_one_clause_that_breaks_another_has_one_cause(tmp_path: Path) -> None:
    target = written(
        tmp_path,
        '''
class Mine(Sound):
    """Negative maxima lose their sign."""

    def _value(self, values, winners, windows):
        y = super()._value(values, winners, windows)
        return np.abs(y) if y.dtype.kind == "f" else y
''',
    )
    records, found = judged(target, ["value.maximum", "value.copied", "value.monotone"])
    assert "value.copied" in found["together"]["value.maximum"]
    (cause,) = findings(records, found)
    assert len(cause.leader["also"]) == len({one["clause"] for one in records}) - 1


def test_what_passes_everything_has_no_diagnosis() -> None:
    sound = load(Target("sound", "conformance.zoo.members:sound"))
    assert diagnose(sound, [], "smoke", 0) == {"behaves_like": {}, "together": {}}


def test_the_diagnosis_gives_the_implementation_back(tmp_path: Path) -> None:
    target = written(tmp_path, "class Mine(ZeroPaddingWins):\n    pass\n")
    records = records_of(target, "smoke", 0, makes_small=False, only=["pad.never-wins"])
    implementation = load(target)
    diagnose(implementation, records, "smoke", 0)
    assert type(implementation.subject).__name__ == "Mine"
