"""No report tells where things lie on the machine that made it."""

from __future__ import annotations

import os
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

from conformance.contract import one_line
from conformance.places import portable

CHECKOUT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (Path(sysconfig.get_paths()["stdlib"], "concurrent", "thread.py"), "concurrent/thread.py"),
        (Path(sysconfig.get_paths()["purelib"], "onnx", "op.py"), "onnx/op.py"),
        (CHECKOUT / "implementations" / "adapters" / "mlx.py", "implementations/adapters/mlx.py"),
        (Path(tempfile.gettempdir(), "made", "kernel.cpp"), "made/kernel.cpp"),
        (Path.home() / "kernel.cpp", "kernel.cpp"),
    ],
)
def test_a_path_begins_inside_its_package(
    path: Path, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(CHECKOUT)])
    said = portable(f'Bus error File "{path}", line 81 in _worker, then {path}:8')
    assert said == f'Bus error File "{shown}", line 81 in _worker, then {shown}:8'.replace(
        "/", os.sep
    )


def test_what_is_no_path_of_this_machine_stays() -> None:
    for text in ("src/core/pool.cpp:8", "/onnxruntime_src/core/pool.cc", "1/2", "/", "a /tmp b"):
        assert portable(text) == text
    inside = f"gs://bucket{Path.home()}/a"
    assert portable(inside) == inside


def test_an_exception_is_told_without_the_folders_of_this_machine() -> None:
    error = RuntimeError(f"no file {tempfile.gettempdir()}/{'long/' * 60}x")
    assert one_line(error, 30) == "RuntimeError: no file long/lo…"
