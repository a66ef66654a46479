"""`poolproof identify` as it is called: what it prints and writes, and its exit status."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from rich.console import Console

from conformance.clauses import switches
from conformance.contract import UnusableError
from conformance.identify.borders import Axis
from conformance.identify.display import show_compared, show_identified
from conformance.identify.interview import ENDS_OF_ONE, Interview, call_with
from conformance.identify.observation import Kind
from conformance.isolation.cell import context
from conformance.registry import Target, find
from conformance.verdict import Json
from reference.pool import Pool
from tests.judging import CHECKOUT
from tests.report_sample import CONTROL

PARAMETERS = "size 4, kernel_size 3, stride 2, padding (0, 1), dilation 2, ceil_mode"
OPTIONS = {
    "against": None,
    "json": None,
    "tier": "smoke",
    "seed": 0,
    "call_limit": 20.0,
    "no_progress": True,
}
SCRIPT = """
import argparse, json, sys
from conformance.identify.command import identify_command
sys.exit(identify_command(argparse.Namespace(**json.loads(sys.argv[1]))))
"""
HOSTILE = "[red]\x1b[31m<script>\u202e"
"""A name that is markup, a terminal escape and a direction mark."""


def called(implementation: str, *, width: int = 80, **options: Any) -> tuple[int, str, str]:  # noqa: ANN401
    """Call the command in a process of its own; return its status and what it printed."""
    asked = json.dumps(OPTIONS | {"implementation": implementation} | options)
    done = subprocess.run(  # noqa: S603 - this Python, and our own module
        [sys.executable, "-c", SCRIPT, asked],
        cwd=CHECKOUT,
        env={**os.environ, "COLUMNS": str(width), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def schema() -> Json:
    """Return the schema of the JSON."""
    file = resources.files("conformance.identify").joinpath("identify.schema.json")
    read: Json = json.loads(file.read_text("utf-8"))
    return read


def require_schema(path: Path) -> Json:
    """Return a JSON file that keeps the schema and is plain JSON."""

    def refuse(word: str) -> None:
        pytest.fail(f"{word} is no JSON")

    found: Json = json.loads(path.read_text("utf-8"), parse_constant=refuse)
    jsonschema.validate(found, schema())
    return found


def printed(found: Json, width: int, encoding: str = "utf-8") -> str:
    """Return what is printed of a JSON result."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    console = Console(file=file, width=width, highlight=False)
    show = show_identified if found["question"] == "identify" else show_compared
    show(found, console)
    return raw.getvalue().decode(encoding)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[int, str, str], Json]:
    """Identify the base-only implementation, under a hostile name."""
    path = tmp_path_factory.mktemp("identify") / "small.json"
    name = f"{HOSTILE}=tests.unusual.base_only"
    run = called(name, json=str(path))
    return run, require_schema(path)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[int, str, str], Json]:
    """Compare two that differ."""
    path = tmp_path_factory.mktemp("against") / "against.json"
    other = f"{HOSTILE}=tests.unusual.core_only"
    run = called("tests.unusual.nan_ignore", against=other, json=str(path))
    return run, require_schema(path)


def test_an_implementation_is_identified(small: tuple[tuple[int, str, str], Json]) -> None:
    (status, out, err), found = small
    assert (status, err) == (0, "")
    assert [one["switch"] for one in found["switches"]] == list(switches())
    assert found["calls"] > 1000
    for name in switches():
        assert re.search(rf"^  {name} ", out, re.MULTILINE)
    assert "ties             ?  cannot be told: not claimed: indices or gradient" in out
    assert "x = [[NaN 2]] float32, kernel_size (1, 2): y = [[NaN]]" in out
    assert "nearest " in out


def test_of_who_answers_nothing_no_dialect_can_be_told(tmp_path: Path) -> None:
    source = "def forward(x, pool):\n    raise NotImplementedError('later')\n"
    (tmp_path / "later.py").write_text(source, "utf-8")
    status, out, err = called(str(tmp_path / "later.py"))
    assert (status, err) == (0, "")
    assert out.endswith("\n\n  nearest          no dialect can be told, as no switch can\n")
    assert "nan-index        ?  cannot be told: nan itself cannot be told\n" in out


def test_of_who_agrees_with_nobody_no_dialect_is_near(small: tuple[Any, Json]) -> None:
    near = {"name": "torch", "agrees": [], "departs": [{"switch": "nan"}]}
    text = printed(small[1] | {"nearest": [near]}, 100)
    last = "  then             torch: agrees in 0 of 1 that are known of both; departs in nan\n"
    assert text.endswith(f"nearest          none: what is known of both differs everywhere\n{last}")


@pytest.mark.parametrize(
    ("side", "value", "words"),
    [
        ("the parameters", str(Axis(4, 3, 2, 0, 1, 2, ceil=True)), PARAMETERS),
        ("the parameters", str(Axis(4, 2, 2)), "size 4, kernel_size 2"),
        ("the number of channels", "16", "16 channels"),
        ("the number of spatial axes", "1", "1 spatial axis"),
        ("the number of axes it concerns", "1", "1 axis"),
        ("the batch", "none", "batch none"),
        ("the window", "2 x 2", "window 2 x 2"),
        ("the place in the window", "first", "first"),
    ],
)
def test_every_call_that_is_shown_for_a_turn_has_a_label_in_words(
    small: tuple[Any, Json], side: str, value: str, words: str
) -> None:
    (nan,) = (one for one in small[1]["switches"] if one["switch"] == "nan")
    call = nan["shown_by"][0] | {"sides": {side: value}}
    turned = nan | {
        "changes_with": [{"side": side, "calls": [call]}],
        "shown_by": [call | {"says": []}],
        "unexplained": 1,
    }
    text = printed(small[1] | {"switches": [turned]}, 200)
    assert (
        f"  - {words}: x = [[NaN 2]] float32, kernel_size (1, 2): y = [[NaN]] (propagate)" in text
    )
    assert "  - no known value: x = [[NaN 2]] float32, kernel_size (1, 2): y = [[NaN]]\n" in text


def test_hostile_names_are_escaped(small: tuple[tuple[int, str, str], Json]) -> None:
    (_, out, _), found = small
    assert found["implementation"]["name"] == HOSTILE
    assert "[red]\\x1b[31m<script>\\u202e" in out
    assert not CONTROL.search(out)


def test_two_are_compared(compared: tuple[tuple[int, str, str], Json]) -> None:
    (status, out, err), found = compared
    assert (status, err) == (1, "")
    assert found["differing"] > 10
    group = next(one for one in found["differences"] if one["clause"] == "nan.propagates")
    assert group["against"] == "y = [[NaN]]"
    assert "nan.propagates   " in out
    assert "[red]\\x1b[31m<script>\\u202e" in out
    assert not CONTROL.search(out)


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_any_width_and_encoding(
    small: tuple[Any, Json], compared: tuple[Any, Json], width: int, encoding: str
) -> None:
    for _, found in (small, compared):
        text = printed(found, width, encoding)
        body = text.splitlines()[1:]
        heads = [line for line in body if re.match(r"\S", line)]
        assert max(len(line) for line in body if line not in heads) <= width
        assert not CONTROL.search(text)


def test_nothing_is_told_by_colour_alone(small: tuple[Any, Json]) -> None:
    file = io.StringIO()
    console = Console(file=file, width=80, highlight=False, force_terminal=True, no_color=False)
    show_identified(small[1], console)
    bare = re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())
    assert bare != file.getvalue()
    assert [one.rstrip() for one in bare.splitlines()] == [
        one.rstrip() for one in printed(small[1], 80).splitlines()
    ]


def test_the_same_twice_is_no_difference(tmp_path: Path) -> None:
    path = tmp_path / "same.json"
    name = "tests.unusual.base_only"
    status, out, err = called(name, against=name, json=str(path))
    assert (status, err) == (0, "")
    assert out.startswith("tests.unusual.base_only stands in for tests.unusual.base_only-2: no ")
    assert require_schema(path)["differences"] == []


@pytest.mark.parametrize(
    ("implementation", "options", "said"),
    [
        ("torhc", {}, "no implementation is called 'torhc'; did you mean torch"),
        ("im2col", {"against": "windoed"}, "no implementation is called 'windoed'; did you mean"),
        ("tests.subjects", {}, "has no callable 'forward'"),
        ("im2col", {"json": "/no/such/folder/x.json"}, "the report cannot be written to"),
        ("no_such.module\x1b[31m", {}, r"no_such.module\x1b[31m: "),
    ],
)
def test_what_is_unusable_is_said_in_a_line(
    implementation: str, options: dict[str, Any], said: str
) -> None:
    status, out, err = called(implementation, **options)
    assert (status, out) == (2, "")
    assert err.startswith("poolproof: ")
    assert err.count("\n") == 1
    assert said in err
    assert not CONTROL.search(err)


def test_what_is_asked_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(SUBJECT, "utf-8")
    for name in (str(file), f"{file}:forward"):
        status, _, err = called(name, json=str(file))
        assert (status, file.read_text("utf-8")) == (2, SUBJECT)
        assert "the result and what is asked are the same file" in err


# The process in which the calls are made


def interview(name: str, limit: float = 20.0) -> Interview:
    """Return an interview of a subject of the tests."""
    return Interview(find(name), context(clean=False), limit)


def calls(*values: float) -> list[Any]:
    """Return calls with one window each, whose first element is given."""
    x = np.array([[[[0.0, 2.0]]]], np.float32)
    return [call_with(np.where(x == 0, np.float32(value), x), Pool.of((1, 2))) for value in values]


SUBJECT = """
import ctypes, os, time
import numpy as np

def forward(x, pool):
    deed = int(x.ravel()[0])
    if deed == 1:
        ctypes.string_at(0)
    if deed == 2:
        os._exit(3)
    if deed == 3:
        time.sleep(60)
    if deed == 4:
        raise KeyboardInterrupt("\x1b[31mnow")
    if deed == 5:
        return None
    if deed == 6:
        return np.array([object()]), None
    if deed == 7:
        raise NotImplementedError("later")
    print("noise")
    return np.array(x.max(axis=(2, 3), keepdims=True)), None
"""


@pytest.fixture
def subject(tmp_path: Path) -> str:
    """Return a file with a subject that does what the first element says."""
    file = tmp_path / "doing.py"
    file.write_text(SUBJECT, "utf-8")
    return str(file)


def test_what_ends_a_process_is_known_and_the_others_are_answered(subject: str) -> None:
    with interview(subject, limit=2.0) as asked:
        found = [one.forward for one in asked.observe(calls(0, 1, 0, 2, 0, 3, 0))]
    assert [one.kind for one in found] == [
        Kind.ANSWER, Kind.CRASH, Kind.ANSWER, Kind.CRASH, Kind.ANSWER, Kind.HANG, Kind.ANSWER,
    ]  # fmt: skip
    assert found[1].said == "the process died: SIGSEGV"
    assert found[3].said == "the process ended with exit status 3"
    assert found[5].said == "no answer in time"
    assert found[0].array is not None
    assert found[0].array.tolist() == [[[[2.0]]]]


def test_what_is_no_answer_is_told_apart(subject: str) -> None:
    with interview(subject) as asked:
        raised, none, objects, later = (one.forward for one in asked.observe(calls(4, 5, 6, 7)))
    assert (raised.kind, none.kind, objects.kind, later.kind) == (
        Kind.RAISED,
        Kind.MALFORMED,
        Kind.MALFORMED,
        Kind.UNCLAIMED,
    )
    assert none.said == "forward returned None"
    assert objects.said == "forward returned an array of object"


def test_who_ends_too_many_processes_is_asked_no_more(subject: str) -> None:
    with interview(subject) as asked:
        found = [one.forward for one in asked.observe(calls(*[1] * 12))]
        again = next(iter(asked.observe(calls(0)))).forward
    kinds = [one.kind for one in found]
    assert kinds == [Kind.CRASH] * ENDS_OF_ONE + [Kind.SILENT] * (12 - ENDS_OF_ONE)
    assert found[-1].said == "it ended too many processes to be asked"
    assert again.kind is Kind.ANSWER


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import os; os._exit(4)", "importing it failed: the process ended with exit status 4"),
        ("1 / 0", "cannot be imported: ZeroDivisionError"),
    ],
)
def test_who_cannot_be_imported_is_unusable(tmp_path: Path, source: str, said: str) -> None:
    file = tmp_path / "broken.py"
    file.write_text(source, "utf-8")
    asked = Interview(Target("broken", str(file)), context(clean=False))
    with asked, pytest.raises(UnusableError, match=said):
        asked.passport()


def test_a_crash_is_no_known_value(tmp_path: Path) -> None:
    path = tmp_path / "fatal.json"
    status, out, _ = called("tests.subjects.speaking:fatal", json=str(path))
    found = {one["switch"]: one for one in require_schema(path)["switches"]}
    assert status == 0
    empty = found["empty-window"]
    assert (empty["status"], empty["value"]) == ("no known value", None)
    assert empty["shown_by"][0]["answer"] == "crash: the process died: SIGSEGV"
    assert empty["calls"]["silent"] > 0
    assert found["nan"]["value"] == "propagate"
    assert "crash: the process died: SIGSEGV (no known value)" in re.sub(r"\s+", " ", out)


def test_the_schema_is_a_schema_and_refuses_what_is_not_stated(small: tuple[Any, Json]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    for name in ("switches", "nearest"):
        less = {key: value for key, value in small[1].items() if key != name}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(less, schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(small[1] | {"more": 1}, schema())
