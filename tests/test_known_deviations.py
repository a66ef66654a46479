"""`poolproof run` with a list of known deviations, from the first list to the mended code."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from tests.judging import Run, judged

KERNELS = """
import os
import sys

from tests.unusual import base_only

# A fault that comes and goes: it shows in a replay, and in a run only where FAULT is set.
STATE = {state!r}
REPLAYED = "conformance.commands.replay" in sys.orig_argv
SHOWS = {{"wrong": True, "fickle": REPLAYED, "mended": False}}[STATE]


def forward(x, pool):
    y, saved = base_only.forward(x, pool)
    return (y.clip(max=1), saved) if SHOWS else (y, saved)
"""
BROKEN = {"value.maximum", "value.copied"}


def run(folder: Path, state: str, *options: str) -> Run:
    """Judge kernels.py in one of its states."""
    kernels = folder / "kernels.py"
    kernels.write_text(KERNELS.format(state=state), "utf-8")
    return judged(str(kernels), folder=folder, options=options)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with known.toml, written from a run of the wrong kernels."""
    place = tmp_path_factory.mktemp("known")
    done = run(place, "wrong", f"--write-known-deviations={place / 'known.toml'}")
    assert done.status == 1, done.err
    return place


def entries(folder: Path) -> list[dict[str, str]]:
    """Return the entries of known.toml."""
    found: list[dict[str, str]] = tomllib.loads((folder / "known.toml").read_text("utf-8"))[
        "deviation"
    ]
    return found


def states(done: Run) -> dict[str, str]:
    """Return the state of each entry of the only implementation."""
    (one,) = done.report["implementations"]
    return {standing["clause"]: standing["state"] for standing in one["known_deviations"]}


def listing(folder: Path) -> str:
    """Return the option that names known.toml."""
    return f"--known-deviations={folder / 'known.toml'}"


def test_the_list_has_every_broken_clause_with_its_witness(folder: Path) -> None:
    found = {entry["clause"]: entry for entry in entries(folder)}
    assert set(found) >= BROKEN
    for entry in found.values():
        assert entry["implementation"] == "kernels"
        assert entry["reason"].startswith("not examined yet: ")
        witness = json.loads(entry["witness"])
        assert witness["finding"]["clause"] == entry["clause"]
        assert str(folder) not in entry["witness"], "a list is kept in a repository"


def test_what_is_listed_does_not_fail_the_run(folder: Path) -> None:
    done = run(folder, "wrong", listing(folder))
    assert done.status == 0, done.out + done.err
    number = len(entries(folder))
    assert f"known deviations: {number} of {number} listed are broken as listed\n" in done.out
    assert set(states(done).values()) == {"known"}
    assert not done.report["implementations"][0]["conforms"]


def test_a_pass_is_no_luck(folder: Path) -> None:
    done = run(folder, "fickle", listing(folder))
    assert done.status == 0, done.out + done.err
    assert set(states(done).values()) == {"known"}
    assert set(done.broken("kernels")) == {entry["clause"] for entry in entries(folder)}
    reasons = {name: one["reason"] for name, one in clauses_of(done).items()}
    assert "the witness of a known deviation" in reasons["value.maximum"]


def clauses_of(done: Run) -> dict[str, dict[str, str]]:
    """Return what is said of each clause of the only implementation."""
    found: dict[str, dict[str, str]] = done.report["implementations"][0]["clauses"]
    return found


def test_what_is_mended_fails_the_run_until_its_entry_is_deleted(folder: Path) -> None:
    done = run(folder, "mended", listing(folder))
    assert done.status == 1
    assert "known deviations: kernels/value.maximum: it passes now: delete the entry\n" in done.out
    assert set(states(done).values()) == {"fixed"}
    assert done.report["implementations"][0]["conforms"]


def test_what_is_not_listed_fails_the_run(folder: Path) -> None:
    empty = folder / "empty.toml"
    empty.write_text("", "utf-8")
    done = run(folder, "wrong", f"--known-deviations={empty}")
    assert done.status == 1
    assert "kernels/value.maximum: fail, and not on the list of known deviations\n" in done.out
    assert set(states(done).values()) == {"unlisted"}


def test_an_implementation_that_nobody_knows_is_unusable(folder: Path) -> None:
    wrong = folder / "wrong.toml"
    text = (folder / "known.toml").read_text("utf-8")
    wrong.write_text(text.replace('implementation = "kernels"', 'implementation = "kernel"'))
    done = run(folder, "wrong", f"--known-deviations={wrong}")
    assert (done.status, done.out) == (2, "")
    assert "entry 1: no implementation is called 'kernel'; did you mean kernels" in done.err
    assert done.err.count("\n") == 1
    assert done.report == {}, "nothing is written"
