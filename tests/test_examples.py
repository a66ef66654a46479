"""What examples/ shows works: a package that registers itself, and a template to copy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.clauses import clauses
from tests.judging import CHECKOUT, judged, poolproof

EXAMPLES = CHECKOUT / "examples"
LONGEST_ADAPTER = 60


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Install examples/third_party; return the environment of who has it beside Poolproof."""
    place = tmp_path_factory.mktemp("installed")
    source = place / "source"  # a build may leave files behind
    shutil.copytree(EXAMPLES / "third_party", source)
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(place / "site")]
    subprocess.run([*command, str(source)], check=True, timeout=600, capture_output=True)  # noqa: S603 - pip
    return {"PYTHONPATH": os.pathsep.join([str(place / "site"), str(CHECKOUT)])}


def test_an_installed_package_is_listed(installed: dict[str, str], tmp_path: Path) -> None:
    done = poolproof("list", folder=tmp_path, at=tmp_path, environment=installed)
    assert done.status == 0, done.err
    assert re.search(r"^tile-pool\b", done.out, re.MULTILINE), done.out


def test_an_installed_package_is_judged_by_its_name(
    installed: dict[str, str], tmp_path: Path
) -> None:
    options = ("--tier=smoke", f"--json={tmp_path / 'report.json'}")
    done = poolproof(
        "run", "tile-pool", *options, folder=tmp_path, at=tmp_path, environment=installed
    )
    assert done.status == 0, done.out + done.err
    (one,) = done.report["implementations"]
    assert (one["name"], one["target"], one["level"]) == (
        "tile-pool",
        "tile_pool.poolproof",
        "base",
    )
    assert done.verdicts("tile-pool")["grad.winner"] == "pass"


def test_its_own_tests_have_every_clause(installed: dict[str, str], tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(EXAMPLES / "third_party", project)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=project,
        env=os.environ | installed,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    (passed, skipped) = re.findall(r"(\d+) passed, (\d+) skipped", done.stdout)[0]
    assert done.returncode == 0, done.stdout
    assert int(passed) + int(skipped) == len(clauses())
    assert int(passed) > len(clauses()) / 2


def test_its_package_knows_nothing_of_poolproof() -> None:
    for file in (EXAMPLES / "third_party" / "src").rglob("*.py"):
        assert not re.search(r"^\s*(from|import) (conformance|reference)", file.read_text("utf-8"))


def test_the_template_conforms_as_it_is(tmp_path: Path) -> None:
    template = tmp_path / "my_engine.py"
    shutil.copy(EXAMPLES / "adapter_template.py", template)
    done = judged(str(template), folder=tmp_path)
    assert done.status == 0, done.out + done.err
    assert done.report["implementations"][0]["level"] == "base"
    assert len(template.read_text("utf-8").splitlines()) <= LONGEST_ADAPTER
