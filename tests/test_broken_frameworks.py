"""An adapter whose framework is installed and broken: its row says so, and it is not judged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from implementations import SHIPPED

CHECKOUT = Path(__file__).parents[1]
FAKES = {
    "is torn": ("raise ImportError('libfoo missing')", "cannot be imported: ImportError: libfoo"),
    "is old": ("__version__ = '0.1'", "a plain call raises ModuleNotFoundError: No module named"),
    "dies": (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "importing it ended the process (exit status -9)",
    ),
}
"""What an installed package does when it is imported, and what is said of it."""


def poolproof(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Return what the command did where the packages in `place` come before all others."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(place), str(CHECKOUT)]),
        "COLUMNS": "200",
    }
    command = [sys.executable, "-c", "from conformance.cli import main; raise SystemExit(main())"]
    return subprocess.run(  # noqa: S603
        [*command, *arguments], capture_output=True, text=True, check=False, env=environment
    )


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    """Return a folder with a package torch, which is empty yet."""
    (tmp_path / "torch").mkdir()
    return tmp_path


@pytest.mark.parametrize("kind", FAKES)
def test_its_row_says_so_and_the_others_are_judged(fake: Path, kind: str) -> None:
    text, said = FAKES[kind]
    (fake / "torch" / "__init__.py").write_text(text, "utf-8")
    result, markdown = fake / "result.json", fake / "result.md"
    reports = ("--json", str(result), "--markdown", str(markdown))
    done = poolproof(fake, "run", "torch", "reshape", "--tier", "brief", "--no-progress", *reports)
    assert done.returncode == 1, done.stderr
    torch, reshape = json.loads(result.read_text("utf-8"))["implementations"]
    verdicts = {one["verdict"] for one in torch["clauses"].values()}
    assert (verdicts, torch["findings"]) == ({"not run"}, [])
    assert reshape["conforms"]
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith("torch ")]
    assert [row[-2] for row in rows if "level" not in row][:1] == ["INCOMPLETE"]
    assert said in " ".join(done.stdout.split())
    assert said in markdown.read_text("utf-8").replace("\\", "")


def test_alone_it_cannot_be_judged_at_all(fake: Path) -> None:
    (fake / "torch" / "__init__.py").write_text("raise ImportError('libfoo missing')", "utf-8")
    done = poolproof(fake, "run", "torch", "--no-progress")
    said = "poolproof: torch: torch cannot be imported: ImportError: libfoo missing\n"
    assert (done.returncode, done.stderr) == (2, said)


def test_the_list_imports_no_framework(tmp_path: Path) -> None:
    for package in {name for one in SHIPPED.values() for name in one.requires}:
        (tmp_path / package).mkdir(exist_ok=True)
        (tmp_path / package / "__init__.py").write_text("raise SystemExit('imported')", "utf-8")
    done = poolproof(tmp_path, "list")
    assert (done.returncode, done.stderr) == (0, "")
    assert "tensorflow" in done.stdout
    assert "imported" not in done.stdout
    assert "cannot be used" not in done.stdout
