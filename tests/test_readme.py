"""README.md and the pages of docs/ say what is so: examples, options, fields, links."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from conformance.cases.geometry import BOUNDS
from conformance.clauses import clauses, features, switches
from conformance.cli import parser
from conformance.verdict import Verdict

CHECKOUT = Path(__file__).parents[1]
DOCS = CHECKOUT / "docs"
PAGES = [CHECKOUT / "README.md", *sorted(DOCS.glob("*.md"))]
README = PAGES[0].read_text("utf-8")
SMOKE = ("--tier", "smoke")
LARGEST_PICTURE = 300_000
MISSING = "there is no such option"


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of README.md in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def section(page: str, title: str) -> str:
    """Return the text below a heading, up to the next one of its level."""
    return page.split(f"\n## {title}\n")[1].split("\n## ", maxsplit=1)[0]


def first_cells(text: str) -> list[str]:
    """Return the names in code quotes in the first cell of each row of all tables."""
    rows = re.findall(r"^\| (`.+?`) \|", text, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def judge(folder: Path, file: str, *options: str) -> tuple[int, str, dict[str, Any]]:
    """Return exit status, output and the only implementation of the JSON of `poolproof run`."""
    command = [str(Path(sys.executable).with_name("poolproof")), "run", file, *options]
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    ours |= {"COLUMNS": "80", "XDG_CACHE_HOME": str(folder / "cache")}
    ended = subprocess.run(  # noqa: S603 - our own command
        [*command, "-n", "1", "--json", f"{file}.json"],
        cwd=folder,
        env=ours,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert not ended.stderr, ended.stderr
    (judged,) = json.loads((folder / f"{file}.json").read_text("utf-8"))["implementations"]
    return ended.returncode, ended.stdout, judged


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the example files as README.md has them."""
    place = tmp_path_factory.mktemp("readme")
    for name, code in zip(("my_pool.py", "zero_padded.py"), blocks("python"), strict=True):
        assert f"`{name}`" in README
        (place / name).write_text(code, "utf-8")
    return place


def test_the_complete_example_conforms_at_the_base(folder: Path) -> None:
    status, output, judged = judge(folder, "my_pool.py", *SMOKE)
    assert status == 0, output
    assert (judged["conforms"], judged["level"], judged["claims"]) == (True, "base", [])


def test_the_wrong_example_gets_the_finding_that_is_quoted(folder: Path) -> None:
    status, output, judged = judge(folder, "zero_padded.py")
    assert status == 1
    assert judged["clauses"]["pad.never-wins"]["verdict"] == "fail"
    (quoted,) = blocks("text")
    assert quoted in output


def test_the_wrong_example_conforms_once_it_is_mended(folder: Path) -> None:
    remedy = "constant_values=-np.inf"
    assert f"`{remedy}`" in README
    wrong = (folder / "zero_padded.py").read_text("utf-8")
    mended = wrong.replace("*pool.padding])", f"*pool.padding], {remedy})")
    assert mended != wrong
    (folder / "mended.py").write_text(mended, "utf-8")
    status, output, judged = judge(folder, "mended.py", *SMOKE)
    assert status == 0, output
    assert (judged["level"], judged["claims"]) == ("base", ["padding"])


def test_the_line_in_a_test_file_makes_every_clause_a_test(folder: Path) -> None:
    (line,) = blocks("py")
    (folder / "test_my_pool.py").write_text(line, "utf-8")
    few = ["-k", "value.maximum or pad.never-wins", "--poolproof-tier=smoke", "-q"]
    done = subprocess.run(  # noqa: S603 - this Python, and pytest
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *few],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, "1 passed, 1 skipped" in done.stdout) == (0, True), done.stdout


def run_options() -> set[str]:
    """Return the options of `poolproof run`, without those that are written in two ways."""
    actions = parser().commands["run"]._actions  # noqa: SLF001
    return {option for action in actions for option in action.option_strings} - {"-h", "--help"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_option_that_is_named_exists(
    page: Path, pytestconfig: pytest.Config
) -> None:
    text = page.read_text("utf-8")
    assert set(re.findall(r"(?:`|\$ )poolproof ([a-z]+)", text)) <= set(parser().commands)
    known = {
        option
        for command in parser().commands.values()
        for action in command._actions  # noqa: SLF001 - argparse has no public way to ask
        for option in action.option_strings
    }
    # Modules and benchmarks have options of their own, and so have commands that engines quote.
    text = re.sub(r"`(?:python|pytest) (?:-m |benchmarks/).*?`", "", text, flags=re.DOTALL)
    for option in set(re.findall(r"(?<![\w'-])--[a-z][a-z-]*", text)) - known:
        assert pytestconfig.getoption(option, MISSING) != MISSING, option


def test_every_command_and_option_is_told() -> None:
    table = section(README, "The command line")
    assert set(re.findall(r"`poolproof ([a-z]+)", table)) == set(parser().commands)
    told = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(first_cells(table))))
    assert told | {"--workers"} == run_options()


def test_verdicts_and_levels_are_told() -> None:
    told = first_cells(section(README, "The command line"))
    assert [name for name in told if name in set(Verdict)] == [word.value for word in Verdict]
    assert told[-4:] == ["extended", "core", "base", "none"]


def test_clauses_features_and_switches_that_are_named_exist() -> None:
    groups = {name.partition(".")[0] for name in clauses()}
    named = set(re.findall(r"\b([a-z]+\.[a-z]+(?:-[a-z]+)*)\b", README))
    told = {name for name in named if name.partition(".")[0] in groups}
    assert "pad.never-wins" in told
    assert told <= set(clauses())
    (claimed,) = re.findall(r"needs `([a-z ]+)` and more", README)
    assert set(claimed.split()) <= set(features())
    (declared,) = re.findall(r"`dialect = (\{.+?\})`", README)
    for switch, value in json.loads(declared).items():
        assert value in switches()[switch].values[1:]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_row_stands_in_a_table_with_a_head(page: Path) -> None:
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for table in re.findall(r"^\|.*\n(?:\|.*\n)*", text, re.MULTILINE):
        assert re.match(r"\|.*\n\|[-:| ]+\|\n", table), f"rows apart from their table:\n{table}"


def links() -> list[tuple[Path, str]]:
    """Return (page, target) of every link and picture."""
    link = re.compile(r"\]\(([^)]+)\)")
    return [(page, target) for page in PAGES for target in link.findall(page.read_text("utf-8"))]


def headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as code hosts make them."""
    found = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in found}


@pytest.mark.parametrize(("page", "target"), links(), ids=lambda part: Path(part).name)
def test_every_link_leads_somewhere(page: Path, target: str) -> None:
    assert "://" not in target, "a link that the tests cannot follow"
    place, _, anchor = target.partition("#")
    there = (page.parent / place).resolve() if place else page
    assert there.exists()
    assert there.is_relative_to(CHECKOUT)
    assert not anchor or anchor in headings(there)


def test_the_picture_is_wide_and_light() -> None:
    picture = DOCS / "images" / "report.png"
    with Image.open(picture) as image:
        assert image.width == 1280
    assert picture.stat().st_size < LARGEST_PICTURE


def test_the_bounds_are_those_of_the_enumeration() -> None:
    page = (DOCS / "how-it-judges.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    told = {tier: tuple(map(int, numbers)) for tier, *numbers in rows if tier in BOUNDS}
    assert told == {
        tier: (bounds.n, bounds.k, bounds.s, bounds.pads, bounds.d)
        for tier, bounds in BOUNDS.items()
    }


@pytest.mark.parametrize(
    ("title", "part"),
    [
        ("The run", ""),
        ("A run of several", "run"),
        ("A clause of `specification`", "clause"),
        ("An implementation", "implementation"),
        ("A known deviation", "known_deviation"),
        ("The verdict on a clause", "clause_result"),
        ("A finding", "finding"),
    ],
)
def test_every_field_of_the_json_is_told(title: str, part: str) -> None:
    text = resources.files("conformance.report").joinpath("report.schema.json").read_text("utf-8")
    schema = json.loads(text)
    fields = (schema["$defs"][part] if part else schema)["properties"]
    page = (DOCS / "report-format.md").read_text("utf-8")
    told = first_cells(section(page, title))
    assert sorted(told) == sorted(fields)
