"""SPEC.md can be read, every clause is judged by a check, and every citation exists."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from conformance import clauses as reading
from conformance.checks.catalogue import checks
from conformance.clauses import (
    LEVELS,
    SpecificationError,
    Switch,
    UnknownNameError,
    clause,
    clauses,
    features,
    read_clauses,
    specification,
    switches,
    version,
)
from reference.dialect import DEFAULT, Dialect

CHECKOUT = Path(__file__).parents[1]
NAME = re.compile(r"[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*")


def section(title: str) -> str:
    return specification().split(f"\n## {title}\n")[1].split("\n## ")[0]


def table(title: str) -> list[list[str]]:
    """Return the cells of the table of a section, without its head."""
    rows = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


# What is written


def test_every_clause_is_read_and_named_once() -> None:
    headings = re.findall(r"^### (.+)$", specification(), re.MULTILINE)
    assert list(clauses()) == headings
    assert len(headings) == len(set(headings)) > 70


@pytest.mark.parametrize("name", clauses())
def test_a_clause_is_one_sentence_with_its_reason(name: str) -> None:
    one = clauses()[name]
    assert NAME.fullmatch(name)
    assert len(name) <= 30
    assert one.sentence.endswith(".")
    assert one.why.endswith(".")
    assert not one.differs or one.differs.endswith(".")
    assert one.level in LEVELS
    assert set().union(*one.needs) <= features().keys()
    assert set(one.dialect) <= switches().keys()
    assert len(set(one.dialect)) == len(one.dialect)
    assert one.group in re.findall(r"^## (.+)$", specification(), re.MULTILINE)
    assert clause(name) is one


def test_clauses_of_one_group_stand_together() -> None:
    groups = [one.group for one in clauses().values()]
    changes = [new for old, new in zip([None, *groups], groups, strict=False) if old != new]
    assert len(changes) == len(set(changes))


def test_a_core_clause_needs_nothing_of_another_level() -> None:
    core = {"gradient", "indices", "overlap", "gaps", "remainder", "padding"}
    for one in clauses().values():
        for alternatives in one.needs if one.level == "core" else ():
            integers = all(name.startswith(("int", "uint")) for name in alternatives)
            assert alternatives & core or integers, one.name


def test_every_feature_is_read() -> None:
    assert list(features().items()) == [(name, need) for name, need in table("Features")]
    assert len(features()) == 25


def test_every_switch_is_read_and_is_a_field_of_dialect() -> None:
    rows = table("Dialects")
    assert list(switches()) == [row[0] for row in rows]
    for name, default, others, meaning in rows:
        assert switches()[name] == Switch(name, default, (default, *others.split(", ")), meaning)
    defaults = {name.replace("-", "_"): switch.default for name, switch in switches().items()}
    assert defaults == {field.name: getattr(DEFAULT, field.name) for field in fields(Dialect)}


def test_the_specification_has_a_version() -> None:
    assert re.fullmatch(r"\d+\.\d+", version())
    assert version("# Text\n\nSpecification 12.7. This file\n") == "12.7"
    with pytest.raises(SpecificationError, match="does not say its version"):
        version("# Max pooling\n")


def test_a_clause_is_judgeable_by_who_claims_what_it_needs() -> None:
    low = clause("grad.low-precision")
    assert low.judgeable({"gradient", "overlap", "bfloat16"})
    assert low.judgeable({"gradient", "overlap", "float16", "padding"})
    assert not low.judgeable({"gradient", "overlap"})
    assert not low.judgeable({"overlap", "float16"})
    assert clause("value.maximum").judgeable(())


# What cannot be read

GOOD = """Specification 1.0. Text.

## Values

### value.maximum
Each output is the largest.
- level: core
- needs: gradient, float16 or bfloat16
- why: The definition.
- differs: Nobody.
"""


def test_a_small_specification_is_read() -> None:
    (one,) = read_clauses(GOOD).values()
    assert (one.name, one.level, one.group) == ("value.maximum", "core", "Values")
    assert one.needs == (frozenset({"gradient"}), frozenset({"float16", "bfloat16"}))
    assert (one.sentence, one.why) == ("Each output is the largest.", "The definition.")
    assert one.differs == "Nobody."


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("### value.maximum", "### Value.Maximum", "not written as a clause: Value.Maximum"),
        ("### value.maximum", "### maximum", "not written as a clause: maximum"),
        ("### value.maximum", "### value.big_one", "not written as a clause: value.big_one"),
        ("the largest.", "the largest", "not written as a clause: value.maximum"),
        ("Each output is the largest.\n", "", "not written as a clause: value.maximum"),
        ("the largest.", "the\nlargest.", "not written as a clause: value.maximum"),
        ("- level: core\n", "", "value.maximum: needs a level"),
        ("level: core", "level: normal", "value.maximum: needs a level"),
        ("- why: The definition.\n", "", "value.maximum: needs a level .* and a why"),
        ("- why:", "- because:", "value.maximum: .*because"),
        ("### value.maximum\nEach", "Each", "not written as a clause: nothing is"),
        (GOOD, GOOD + GOOD, "two clauses called value.maximum"),
        (GOOD, GOOD + "\n### pad.sides\nNo fields.\n", "not written as a clause: pad.sides"),
        (GOOD, "", "nothing is"),
    ],
)
def test_a_malformed_specification_says_where(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(SpecificationError, match=message):
        read_clauses(GOOD.replace(old, new))


def test_a_clause_outside_every_group_is_an_error_of_the_specification() -> None:
    with pytest.raises(SpecificationError, match=r"value\.maximum"):
        read_clauses(GOOD.replace("## Values\n", ""))


# Names


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("pad.never-win", "pad.never-wins"),
        ("pad-never-wins", "pad.never-wins"),
        ("nan.propagate", "nan.propagates"),
        ("grad.tie", "grad.ties"),
        ("ceil.start_rule", "ceil.start-rule"),
    ],
)
def test_an_unknown_clause_is_answered_with_the_nearest(wrong: str, right: str) -> None:
    with pytest.raises(UnknownNameError, match=f"no clause is called '{wrong}'; did you mean") as e:
        clause(wrong)
    assert right in str(e.value)
    assert e.value.nearest[0] == right
    assert (e.value.kind, e.value.name) == ("clause", wrong)


def test_a_name_like_no_other_is_answered_with_all_of_them() -> None:
    error = UnknownNameError("switch", "?", switches())
    assert str(error) == f"no switch is called '?'; known: {', '.join(sorted(switches()))}"
    assert isinstance(error, LookupError)


def test_more_names_than_a_message_holds_are_counted_and_where_to_see_them_is_said() -> None:
    error = UnknownNameError("clause", "?", clauses())
    assert str(error).startswith("no clause is called '?'; known: batch.")
    shown = str(error).partition("known: ")[2].partition(" and ")[0].split(", ")
    more = len(clauses()) - len(shown)
    assert str(error).endswith(f"{shown[-1]} and {more} more; see poolproof explain")
    assert len(str(error)) < 200
    assert str(UnknownNameError("network", "?", ["n" * 300, "z"])).endswith("n and 1 more")
    assert str(UnknownNameError("clause", "?", ["one"])).endswith("known: one")


def test_a_name_that_is_known_twice_is_suggested_once() -> None:
    error = UnknownNameError("switch or feature", "cei", ["ceil", "nan", "ceil"])
    assert str(error) == "no switch or feature is called 'cei'; did you mean ceil?"
    assert str(UnknownNameError("feature", "?", ["nan", "nan"])).endswith("known: nan")


# Citations


def cited() -> dict[str, list[str]]:
    """Return the checks by the clause they cite, read from their marks."""
    found: dict[str, list[str]] = {}
    for check in checks():
        found.setdefault(check.clause, []).append(check.name)
    return found


def test_every_clause_is_cited_and_every_citation_exists() -> None:
    assert sorted(cited()) == sorted(clauses())


COLLECT = """
import sys, pytest

class Marks:
    def pytest_collection_modifyitems(self, items):
        for item in items:
            print(item.originalname, *(mark.args for mark in item.iter_markers("clause")))

sys.exit(pytest.main([*sys.argv[1:], "--collect-only", "-qq"], plugins=[Marks()]))
"""


def collected(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Collect checks as the suite does, in a process of its own."""
    command = [sys.executable, "-c", COLLECT, "--implementation=im2col", *arguments]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)  # noqa: S603 - this Python, and a script of this file


def test_pytest_sees_the_same_citations() -> None:
    done = collected("conformance/checks", "-c", "conformance/checks/pytest.ini")
    assert done.returncode == 0, done.stdout
    expected = sorted(f"{check} ('{name}',)" for name, of in cited().items() for check in of)
    assert sorted(line for line in done.stdout.splitlines() if line.endswith(",)")) == expected


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        ('@pytest.mark.clause("pad.never-win")', "did you mean pad.never-wins"),
        ("", "a check cites one clause"),
        ("@pytest.mark.clause", "a check cites one clause"),
        ('@pytest.mark.clause("grad.ties", "ties.first")', "a check cites one clause"),
        ('@pytest.mark.clause("grad.ties")\n@pytest.mark.clause("ties.first")', "cites one clause"),
    ],
)
def test_a_check_that_cites_no_known_clause_stops_collection(
    tmp_path: Path, marks: str, message: str
) -> None:
    file = tmp_path / "test_citation.py"
    file.write_text(f"import pytest\n\n{marks}\ndef test_that(judge):\n    pass\n", "utf-8")
    done = collected(str(file), f"--rootdir={tmp_path}")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert message in done.stderr
    assert "test_that" in done.stderr


def test_what_is_read_is_read_once() -> None:
    assert reading.clauses() is clauses()
    assert features() is features()
    assert switches() is switches()
