"""Implementations are found by name, entry point, module or path, and imported with care."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import pytest

from conformance import registry
from conformance.contract import UnusableError
from conformance.isolation import preflight
from conformance.isolation.preflight import Passport, Preflight
from conformance.registry import (
    Target,
    find,
    find_all,
    installed,
    load,
    not_installed,
    shipped_at,
    versions,
)
from implementations import SHIPPED, Shipped

CHECKOUT = Path(__file__).parents[1]
SOURCE = "def forward(x, pool):\n    return x, None\n"
Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in an empty folder, and leave no path or module of this test behind."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a file of this test and returns its path."""

    def written(name: str, source: str = SOURCE) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, "utf-8")
        return path

    return written


def refused(request: str) -> str:
    """Return the one line that says why a request cannot be found or imported."""
    with pytest.raises(UnusableError) as raised:
        load(find(request))
    assert "\n" not in str(raised.value)
    return str(raised.value)


# Finding


def test_a_shipped_name_is_found() -> None:
    assert find("im2col") == Target("im2col", "implementations.im2col")
    assert {target.name for target in installed()} >= {"im2col", "windowed", "reshape"}
    assert load(find("im2col")).target == "implementations.im2col"


@pytest.mark.parametrize(
    ("request_", "nearest"), [("im2cal", "im2col"), ("window", "windowed"), ("reshaped", "reshape")]
)
def test_an_unknown_name_is_answered_with_the_nearest(request_: str, nearest: str) -> None:
    message = refused(request_)
    assert f"no implementation is called '{request_}'" in message
    assert f"did you mean {nearest}" in message
    assert "path/to/file.py:attr" in message


def test_what_is_not_installed_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    absent = Shipped("implementations.adapters.torch", ("no_such_package",), "torch")
    monkeypatch.setattr(registry, "SHIPPED", {**SHIPPED, "torch": absent})
    assert refused("torch") == "torch: needs no_such_package; pip install 'poolproof[torch]'"
    assert not_installed()["torch"] == "pip install 'poolproof[torch]'"
    assert "torch" not in {target.name for target in installed()}


@pytest.mark.parametrize("path", ["kernels.py", "./kernels.py", "sub/kernels.py", "a:b/kernels.py"])
def test_a_file_is_found_by_its_path(write: Write, path: str) -> None:
    where = write(path)
    assert find(path) == Target("kernels", str(where))
    assert find(str(where)) == Target("kernels", str(where))
    assert load(find(path)).claims == frozenset()


def test_an_attribute_of_a_file_is_found(write: Write) -> None:
    where = write("kernels.py", f"class Pools:\n    class fast:\n        {SOURCE!r}\n")
    assert find("kernels.py:Pools.fast") == Target("Pools.fast", f"{where}:Pools.fast")
    write("pools.py", "class A:\n    class B:\n        forward = staticmethod(print)\n")
    assert load(find("pools.py:A.B")).subject.forward is print


def test_a_module_is_found_from_where_the_user_stands(write: Write) -> None:
    write("theirs_here/__init__.py")
    write(
        "theirs_here/kernels.py",
        f"class pool:\n    @staticmethod\n    {SOURCE.replace('    ', '        ')}",
    )
    assert find("theirs_here") == Target("theirs_here", "theirs_here")
    assert find("theirs_here.kernels:pool") == Target("pool", "theirs_here.kernels:pool")
    assert load(find("theirs_here.kernels:pool")).name == "pool"
    assert load(find("theirs_here")).name == "theirs_here"


def test_a_name_can_be_given() -> None:
    assert find("fast=im2col") == Target("fast", "implementations.im2col")
    assert find("a=b=im2col") == Target("a", "implementations.im2col")
    assert load(find("fast=im2col")).name == "fast"


def test_a_path_may_hold_an_equals_sign(write: Write) -> None:
    where = write("k=2/kernels.py")
    assert find(str(where)) == Target("kernels", str(where))
    assert find(f"fast={where}") == Target("fast", str(where))


def test_two_of_one_name_are_numbered(write: Write) -> None:
    one, other = write("one/pool.py"), write("other/pool.py")
    assert find_all([str(one), str(other), "im2col"]) == [
        Target("pool", str(one)),
        Target("pool-2", str(other)),
        Target("im2col", "implementations.im2col"),
    ]


def test_one_that_is_asked_for_twice_is_judged_once() -> None:
    assert find_all(["im2col", "im2col"]) == [Target("im2col", "implementations.im2col")]


def test_nobody_named_means_everybody_installed() -> None:
    assert find_all([]) == installed()


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ("absent.py", "absent.py: there is no such file"),
        ("absent.py:pool", "absent.py: there is no such file"),
        ("./kernels", "./kernels: there is no such file"),
        ("fast=absent.py", "absent.py: there is no such file"),
        ("no_such.module:pool", "no_such.module cannot be imported: ModuleNotFoundError"),
        ("json.decode", "json.decode cannot be imported: ModuleNotFoundError"),
        ("", "no implementation is called ''"),
        ("..", "it is a folder"),
        (":pool", "a module is named in full"),
        ("implementations.im2col:forwards", "did you mean forward"),
        ("json:decoder.JSONDecode", "did you mean JSONDecoder"),
        ("im2col:pool", "im2col"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(request_: str, message: str) -> None:
    assert message in refused(request_)


def test_a_misspelt_file_is_answered_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "zero_padded.py").touch()
    asked = refused(f"{tmp_path}/zero_paded.py:pool")
    assert f"no such file; did you mean {tmp_path}/zero_padded.py?" in asked
    assert refused(f"{tmp_path}/other.py").endswith("there is no such file")


# Importing


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def forward(x:\n", "SyntaxError"),
        ("import no_such_package\n", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("from os import no_such_name\n", "ImportError"),
        ("1 / 0\n", "ZeroDivisionError"),
        ("raise SystemExit('leaving')\n", "SystemExit: leaving"),
        ("import sys\nsys.exit()\n", "SystemExit"),
        ("class Odd(BaseException):\n    pass\nraise Odd('very')\n", "Odd: very"),
        ("input()\n", "cannot be imported"),
        ("def f():\n    f()\nf()\n", "RecursionError"),
        ("'\x00'\n", "cannot be imported"),
        ("", "has no callable 'forward'"),
        ("forward = 3\n", "has no callable 'forward'"),
        (f"{SOURCE}claims = ['gradient']\n", "has no callable 'backward'"),
        (f"{SOURCE}claims = ['dilations']\n", "did you mean dilation"),
        (f"{SOURCE}dialect = {{'ties': 'lest'}}\n", "did you mean last"),
        ("def __getattr__(name):\n    raise RuntimeError(name)\n", "RuntimeError"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_in_one_line(
    write: Write, source: str, message: str
) -> None:
    write("broken.py", source)
    said = refused("broken.py")
    assert said.startswith("broken: ")
    assert message in said


def test_bytes_that_are_no_source_are_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "binary.py").write_bytes(bytes(range(256)))
    assert "binary.py cannot be imported" in refused("binary.py")


def test_an_attribute_that_cannot_be_made_is_said_in_one_line(write: Write) -> None:
    write("lazy.py", "def __getattr__(name):\n    raise RuntimeError('no driver')\n")
    assert "RuntimeError: no driver" in refused("lazy.py:pool")


def test_a_file_finds_its_neighbours_and_is_imported_once(write: Write) -> None:
    write("folder/neighbour_of_pool.py", "count = []\n")
    write(
        "folder/pool.py", f"import neighbour_of_pool\nneighbour_of_pool.count.append(1)\n{SOURCE}"
    )
    first, again = load(find("folder/pool.py")), load(find("again=folder/pool.py"))
    assert first.subject is again.subject
    assert first.subject.neighbour_of_pool.count == [1]


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("from reference import forward\n", "has no callable 'forward'"),
        ("from implementations import forward\n", "cannot be imported"),
    ],
)
def test_a_neighbour_of_the_name_of_our_own_package_is_named(
    source: str, wrong: str, write: Write
) -> None:
    name = source.split()[1]
    write(f"{name}.py")
    write("student.py", source)
    said = refused("student.py")
    assert wrong in said
    assert f"{name}.py beside it is not read: {name} is another module, so rename it" in said
    assert load(find(f"{name}.py")).name == name


def test_a_file_may_define_dataclasses_and_pickle_them(write: Write) -> None:
    defined = "import dataclasses, pickle\n@dataclasses.dataclass\nclass Saved:\n    x: int\n"
    write("data.py", f"{defined}assert pickle.loads(pickle.dumps(Saved(1))) == Saved(1)\n{SOURCE}")
    assert load(find("data.py")).name == "data"


def test_a_file_that_failed_is_read_again(write: Write) -> None:
    write("kernels.py", "1 / 0")
    assert "ZeroDivisionError" in refused("kernels.py")
    write("kernels.py", f"again = True\n{SOURCE}")
    assert load(find("kernels.py")).subject.again


def test_files_of_one_name_are_two_modules(write: Write) -> None:
    write("one/pool.py", f"{SOURCE}which = 1\n")
    write("other/pool.py", f"{SOURCE}which = 2\n")
    one, other = (load(target) for target in find_all(["one/pool.py", "other/pool.py"]))
    assert (one.subject.which, other.subject.which) == (1, 2)


# Other distributions


def test_another_distribution_registers_itself(tmp_path: Path, write: Write) -> None:
    write("theirs.py", "class Pool:\n    def forward(self, x, pool):\n        return x, None\n")
    write("theirs-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    entries = "[poolproof.implementations]\ntheirs = theirs:Pool\nim2col = theirs:Pool\n"
    write("theirs-1.0.dist-info/entry_points.txt", entries)
    script = """
import json
from conformance.registry import find, find_all, installed, load
found = {target.name: target.address for target in installed()}
print(json.dumps([found, load(find("theirs")).name, type(load(find("theirs")).subject).__name__]))
"""
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{CHECKOUT}"}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - this Python, and a script of this file
    found, name, kind = json.loads(done.stdout)
    assert found["theirs"] == "theirs:Pool"
    assert found["im2col"] == "implementations.im2col"
    assert (name, kind) == ("theirs", "Pool")


# Before judging


def passports(*requests: str) -> list[Passport]:
    return Preflight(find_all(list(requests)), clean=True).passports()


def test_a_passport_says_what_an_implementation_says_of_itself(write: Write) -> None:
    source = f"print('noise')\nclaims = ['padding', 'ceil']\ndialect = {{'ties': 'last'}}\n{SOURCE}"
    where = write("mine.py", source)
    mine, im2col = passports("mine.py", "im2col")
    assert (mine.name, mine.address, mine.error) == ("mine", str(where), "")
    assert (list(mine.claims), mine.dialect) == (["ceil", "padding"], {"ties": "last"})
    assert (im2col.name, im2col.error) == ("im2col", "")


@pytest.mark.parametrize("request_", ["scipy", "mine=scipy", "implementations.adapters.scipy"])
def test_the_versions_of_an_adapter_are_told_under_any_name(request_: str) -> None:
    (passport,) = passports(request_)
    assert passport.versions == {"scipy": metadata.version("scipy")}


def test_what_is_no_adapter_has_no_versions(write: Write) -> None:
    write("scipy.py")
    assert [one.versions for one in passports("im2col", "scipy=scipy.py")] == [{}, {}]


def test_versions_are_those_of_all_distributions_that_do_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def version(name: str) -> str:
        if name in {"cv2", "iree"}:
            raise metadata.PackageNotFoundError
        return f"version of {name}"

    owners = {"cv2": ["opencv-python-headless"], "iree": ["iree-base-runtime"]}
    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(metadata, "packages_distributions", lambda: owners)
    for name, expected in {
        "flax": ["flax", "jax", "jaxlib"],
        "jax-jit": ["jax", "jaxlib"],
        "opencv": ["opencv-python-headless", "onnx"],
        "iree": ["iree-base-runtime", "iree-base-compiler"],
    }.items():
        found = versions(Target("mine", SHIPPED[name].target))
        assert found == {one: f"version of {one}" for one in expected}
        assert list(found) == expected
    for one in SHIPPED.values():
        assert ("jaxlib" in one.distributions) == ("jax" in one.requires)


def test_an_engine_is_found_by_its_address() -> None:
    assert shipped_at(find("mine=windowed").address) is SHIPPED["windowed"]
    assert shipped_at("torch") is None


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import os\nos._exit(3)\n", r"importing it ended the process \(exit status 3\)"),
        ("import os\nos._exit(0)\n", r"importing it ended the process \(exit status 0\)"),
        ("import os\nos.abort()\n", r"importing it ended the process \(exit status -6\)"),
        (
            "import ctypes\nctypes.string_at(0)\n",
            r"importing it ended the process \(exit status -11\)",
        ),
        ("while True:\n    pass\n", "importing it does not end within 2 s"),
        ("raise SystemExit(0)\n", "cannot be imported: SystemExit: 0"),
        ("import sys\nsys.stdin.read()\n1 / 0\n", "cannot be imported: ZeroDivisionError"),
    ],
)
def test_an_import_that_goes_wrong_ends_nobody_else(
    write: Write, monkeypatch: pytest.MonkeyPatch, source: str, message: str
) -> None:
    monkeypatch.setattr(preflight, "IMPORT_SECONDS", 2)
    write("deadly.py", f"{source}{SOURCE}")
    with pytest.raises(UnusableError, match=f"deadly: .*{message}"):
        passports("im2col", "deadly.py")


def test_all_that_cannot_be_judged_are_named(write: Write) -> None:
    write("one.py", "")
    write("other.py", "1 / 0")
    with pytest.raises(UnusableError, match=r"one: has no callable .*\nother: .*ZeroDivisionError"):
        passports("one.py", "im2col", "other.py")


def test_a_thread_that_never_ends_delays_nobody(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "IMPORT_SECONDS", 5)
    sleeper = "import threading, time\nthreading.Thread(target=time.sleep, args=(9,)).start()\n"
    write("sleeper.py", f"{sleeper}{SOURCE}")
    begun = time.monotonic()
    assert [one.error for one in passports("sleeper.py")] == [""]
    assert time.monotonic() - begun < 4
