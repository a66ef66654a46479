"""Imports point one way: implementations and conformance to reference, never back."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from implementations import SHIPPED

CHECKOUT = Path(__file__).parents[1]
ROOMS = ("reference", "implementations", "conformance")
IMPORT_NAMES = {"jsonschema-rs": "jsonschema_rs", "pytest-xdist": "xdist"}
"""Distributions whose import name is not their own name."""


def imports(source: str, package: str) -> Iterator[str]:
    """Yield what `source`, a module of `package`, imports, as `module` or `module.name`.

    Function bodies count, and so do constant arguments of `import_module`.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = [node.module] if node.module else []
            if node.level:
                origin = package.split(".")[: len(package.split(".")) - node.level + 1] + origin
            yield from (".".join([*origin, alias.name]) for alias in node.names)
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func):
            yield from (
                argument.value
                for argument in node.args
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            )


def within(name: str, module: str) -> bool:
    """Return whether an imported name is `module` or stands in it."""
    return name == module or name.startswith(f"{module}.")


def allowed(room: str, name: str) -> bool:
    """Return whether a module of `room` may import `name`."""
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names or top == room:
        return True
    if top not in {*ROOMS, "tests", "docs", "benchmarks", "conftest"}:
        return room != "reference" or top == "numpy"
    if room == "implementations":
        return within(name, "reference.pool")
    registry = ("implementations", "implementations.SHIPPED", "implementations.Shipped")
    return room == "conformance" and (top == "reference" or name in registry)


def breaches(room: str, source: str, package: str | None = None) -> list[str]:
    """Return the imports of a module that its room does not allow."""
    return [name for name in imports(source, package or room) if not allowed(room, name)]


def modules(room: str) -> list[Path]:
    return sorted((CHECKOUT / room).rglob("*.py"))


def package_of(path: Path) -> str:
    return ".".join(path.relative_to(CHECKOUT).parent.parts)


def outside(room: str) -> Iterator[tuple[Path, str]]:
    """Yield the third-party packages that a room imports, with the module that does."""
    for path in modules(room):
        for name in imports(path.read_text(encoding="utf-8"), package_of(path)):
            top = name.partition(".")[0]
            if top not in sys.stdlib_module_names and top not in ROOMS:
                yield path, top


def declared() -> set[str]:
    """Return the import names of the dependencies in pyproject.toml."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [requirement.partition(">=")[0] for requirement in project["dependencies"]]
    return {IMPORT_NAMES.get(name, name) for name in names}


@pytest.mark.parametrize("room", ROOMS)
def test_every_module_imports_what_its_room_may(room: str) -> None:
    found = modules(room)
    assert len(found) > 2
    broken = {
        str(path.relative_to(CHECKOUT)): names
        for path in found
        if (names := breaches(room, path.read_text(encoding="utf-8"), package_of(path)))
    }
    assert broken == {}


def test_outside_the_adapters_only_declared_packages_are_imported() -> None:
    adapters = CHECKOUT / "implementations" / "adapters"
    extras = {"llvmlite"}  # numba is made of it
    extras |= {name for one in SHIPPED.values() for name in one.requires}
    plain = {
        Path(f"{one.target.replace('.', '/')}.py") for one in SHIPPED.values() if not one.extra
    }
    undeclared = {
        (str(path.relative_to(CHECKOUT)), name)
        for room in ROOMS
        for path, name in outside(room)
        if adapters not in path.parents
        and name not in declared()
        and (room != "implementations" or name not in extras or path.relative_to(CHECKOUT) in plain)
    }
    assert undeclared == set()


def test_every_declared_package_is_imported() -> None:
    imported = {name for room in ROOMS for _, name in outside(room)}
    loaded_by_pytest = {"xdist"}
    assert declared() - imported - loaded_by_pytest == set()


def test_the_plugin_is_light() -> None:
    """Every pytest session pays for its import, and coverage starts only after it."""
    heavy = {"numpy", "scipy", "ml_dtypes", "rich", "jinja2", "reference", "implementations"}
    script = "import sys, conformance.plugin; print(*sys.modules)"
    done = subprocess.run(  # noqa: S603 - this Python, and a script of this file
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.split()
    assert "conformance.plugin" in loaded
    assert heavy & set(loaded) == set()


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("reference", "import scipy.ndimage"),
        ("reference", "from numpy.typing import NDArray\nfrom ml_dtypes import bfloat16"),
        ("reference", "import conformance.cases"),
        ("reference", "from implementations.im2col import forward"),
        ("reference", "def lazily():\n    import torch"),
        ("implementations", "from reference.forward import forward"),
        ("implementations", "from reference import geometry"),
        ("implementations", "import reference"),
        ("implementations", "from conformance.clauses import clauses"),
        ("implementations", "import tests.fakes"),
        ("conformance", "from implementations import im2col"),
        ("conformance", "from implementations.adapters.torch import forward"),
        ("conformance", "import importlib\nimportlib.import_module('implementations.im2col')"),
        ("conformance", "from tests.fakes import wrong"),
    ],
)
def test_a_forbidden_import_is_noticed(room: str, source: str) -> None:
    assert len(breaches(room, source)) == 1


@pytest.mark.parametrize(
    ("room", "package", "source"),
    [
        ("reference", "reference", "import numpy as np\nimport dataclasses\nimport reference.pool"),
        ("implementations", "implementations", "import torch\nfrom reference.pool import Pool"),
        ("implementations", "implementations.adapters", "from ..strided import windows"),
        ("conformance", "conformance", "from implementations import SHIPPED, Shipped"),
        ("conformance", "conformance.checks", "from ..clauses import clauses"),
        ("conformance", "conformance", "import rich\nfrom reference.forward import forward"),
    ],
)
def test_an_allowed_import_is_not_reported(room: str, package: str, source: str) -> None:
    assert breaches(room, source, package) == []
