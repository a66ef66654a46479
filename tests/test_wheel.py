"""What a user installs: the wheel is complete, and works where there is no checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

from implementations import SHIPPED

CHECKOUT = Path(__file__).parents[1]
PACKAGES = ("reference", "implementations", "conformance")
TYPED = [f"{package}/py.typed" for package in PACKAGES]
DATA = ["reference/SPEC.md", "conformance/data/networks.json", *TYPED]
IMPORT_ALL = f"""
import importlib, json
print(json.dumps({{name: importlib.import_module(name).__file__ for name in {PACKAGES}}}))
"""
MINUTES = 60


@dataclass(frozen=True, slots=True)
class Installed:
    """The wheel, installed into an environment of its own."""

    environment: Path
    elsewhere: Path
    """An empty folder to run in, outside the checkout."""

    @property
    def programs(self) -> Path:
        """Return the folder of the programs that the environment has."""
        return self.environment / ("Scripts" if os.name == "nt" else "bin")

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of this environment, which is all that it can see."""
        path = os.pathsep.join([str(self.programs), os.defpath])
        return run([str(self.programs / program), *arguments], self.elsewhere, PATH=path)


def run(command: Sequence[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command with nothing of this Python, pytest or coverage in its environment."""
    foreign = ("PYTHON", "VIRTUAL_ENV", "PYTEST", "COV_", "COVERAGE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return subprocess.run(  # noqa: S603 - the commands stand in this file
        command,
        cwd=folder,
        env=kept | variables,
        capture_output=True,
        text=True,
        timeout=10 * MINUTES,
        check=False,
    )


def run_or_fail(command: Sequence[str], folder: Path) -> None:
    done = run(command, folder)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    run_or_fail([*build, str(CHECKOUT)], folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    home = tmp_path_factory.mktemp("user")
    there = Installed(home / "environment", home / "elsewhere")
    there.elsewhere.mkdir()
    run_or_fail([sys.executable, "-m", "venv", str(there.environment)], home)
    python = str(there.programs / "python")
    run_or_fail([python, "-m", "pip", "install", "--quiet", str(wheel)], there.elsewhere)
    return there


def test_the_wheel_has_every_file_of_the_three_packages(wheel: Path) -> None:
    written = {
        path.relative_to(CHECKOUT).as_posix()
        for package in PACKAGES
        for path in (CHECKOUT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == written
    assert packed.issuperset(DATA)


def test_the_wheel_runs_on_any_platform(wheel: Path) -> None:
    assert wheel.name == "poolproof-0.1.0-py3-none-any.whl"
    tops = {PurePosixPath(name).parts[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {*PACKAGES, "poolproof-0.1.0.dist-info"}


def test_the_packages_come_from_the_environment(installed: Installed) -> None:
    done = installed.run("python", "-c", IMPORT_ALL)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.keys() == set(PACKAGES)
    for name, file in found.items():
        assert Path(file).is_relative_to(installed.environment), f"{name} came from {file}"


def test_an_installed_poolproof_judges(installed: Installed) -> None:
    report = installed.elsewhere / "report.json"
    done = installed.run("poolproof", "run", "im2col", "--tier", "smoke", "--json", str(report))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "im2col" in done.stdout
    assert str(CHECKOUT) not in done.stdout + done.stderr
    (judged,) = json.loads(report.read_text(encoding="utf-8"))["implementations"]
    assert (judged["name"], judged["conforms"]) == ("im2col", True)


def test_pytest_finds_the_plugin(installed: Installed) -> None:
    done = installed.run("pytest", "--help")
    assert done.returncode == 0, done.stderr
    assert "--implementation" in done.stdout


def test_every_extra_that_the_registry_names_exists() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {one.extra for one in SHIPPED.values() if one.requires}
    assert named <= project["optional-dependencies"].keys()
