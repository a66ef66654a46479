"""Files that are named as implementations: what they are called as modules, and what is refused."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.contract import UnusableError
from conformance.registry import find, forget_files, load

SOURCE = "def forward(x, pool):\n    return x, None\n"
Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Return a function that writes a file of this test and returns its path."""
    monkeypatch.setattr(sys, "path", list(sys.path))

    def written(name: str, source: str = SOURCE) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, "utf-8")
        return str(path)

    yield written
    forget_files()


def name_of(path: str) -> object:
    """Return the name of the module that a file is loaded as."""
    return getattr(load(find(path)).subject, "__name__", None)


def test_a_file_has_its_own_name_where_that_is_free(write: Write) -> None:
    names = [name_of(write(f"{folder}/single_name.py")) for folder in ("one", "two")]
    names.append(name_of(write("three/json.py")))
    assert names[0] == "single_name"
    assert len({*names, "json", "single_name"}) == 4


def test_what_is_forgotten_is_read_again(write: Write) -> None:
    file = write("again.py")
    first = load(find(file)).subject
    assert load(find(file)).subject is first
    forget_files()
    assert load(find(file)).subject is not first


def test_a_file_of_a_package_is_told_the_name_that_it_has_there(write: Write) -> None:
    for name in ("outer/__init__.py", "outer/inner/__init__.py"):
        write(name, "")
    file = write("outer/inner/pooling.py", "from .core import forward\n")
    with pytest.raises(UnusableError, match=r"as a module of its package, outer\.inner\.pooling,"):
        load(find(file))


def test_a_path_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"p\xf6\xf6l.py")
    try:
        file.write_text(SOURCE, "utf-8")
    except OSError:
        pytest.skip("every name is UTF-8 in this file system")
    with pytest.raises(UnusableError, match="is not UTF-8; rename it"):
        find(str(file))
