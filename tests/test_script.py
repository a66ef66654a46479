"""The script of a finding: it runs alone, fails on the bad one and passes on a right one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from conformance.diagnosis.inquest import script_of
from conformance.diagnosis.script import LINES
from conformance.diagnosis.steps import Given
from conformance.findings import blank_finding, pool_json, shown_argument
from conformance.registry import Target, find
from conformance.report.scripts import write_scripts
from conformance.verdict import Json, elements_of
from conformance.zoo.naming import records_of
from reference.pool import Pool
from tests.report_sample import as_read, sample

CHECKOUT = Path(__file__).parents[1]


def script_for(target: Target, clause: str) -> Json:
    """Judge by one clause and return the script of the smallest finding, which a run shows."""
    records = records_of(target, "smoke", 0, makes_small=True, only=[clause])
    found = min((one["finding"] for one in records), key=elements_of)
    return script_of(target, found, "smoke", 0)


def subject(folder: Path, name: str, expression: str) -> Target:
    """Write a file that holds an implementation."""
    file = folder / f"{name}.py"
    imports = "from conformance.zoo import member\nfrom conformance.zoo.sound import Sound\n"
    file.write_text(f"{imports}\npool = {expression}\n", "utf-8")
    return find(f"{file}:pool")


def ended(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own."""
    file = folder / "script.py"
    file.write_text(script, "utf-8")
    return subprocess.run(  # noqa: S603 - this Python, and a script that is under test
        [sys.executable, "-W", "error", str(file)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    ("bug", "clause", "said"),
    [
        ("zero-padding-wins", "pad.never-wins", "expected [[[[-1.0]]]], got [[[[0.0]]]]"),
        ("own-index-int16-overflow", "index.large", "expected [[[["),
        ("column-major-tie-order", "ties.first", "expected [[[["),
        ("own-dy-consumed", "pure.input", "the call wrote into dy"),
        ("own-output-reused", "pure.results-kept", "a later call changed y"),
        ("own-saved-is-input", "pure.saved", "expected [[["),
        ("own-shared-scratch", "pure.threads", "calls from four threads give other results"),
        ("empty-channel-accepted", "error.no-elements", "the call was answered; it is to be"),
        ("own-gradient-starts-at-minus-zero", "grad.sparse", "a zero has the wrong sign"),
        ("plane-offset-int32-overflow", "window.plane-alone", "expected ["),
    ],
)
def test_a_script_fails_on_the_bad_one_and_passes_on_a_right_one(
    bug: str, clause: str, said: str, tmp_path: Path
) -> None:
    bad = subject(tmp_path, "bad", f"member({bug!r})")
    right = subject(tmp_path, "right", "Sound()")
    found = script_for(bad, clause)
    assert found["no_script"] == ""
    script = found["script"]
    assert len(script.splitlines()) <= LINES
    assert "conformance" not in script
    assert "reference" not in script
    failed = ended(script, tmp_path)
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr
    assert said in failed.stderr
    passed = ended(
        script.replace(bad.address.rpartition(":")[0], str(tmp_path / "right.py")), tmp_path
    )
    assert (passed.returncode, passed.stderr) == (0, "")
    assert right.address.startswith(str(tmp_path))


def test_a_class_is_made_in_the_script_as_it_was_for_judging(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("from conformance.zoo.padding import ZeroPaddingWins as Mine\n", "utf-8")
    file.write_text(
        "from conformance.zoo.padding import ZeroPaddingWins\n\n\n"
        "class Mine(ZeroPaddingWins):\n    pass\n",
        "utf-8",
    )
    found = script_for(find(f"{file}:Mine"), "pad.never-wins")
    assert ".Mine()" in found["script"]
    assert ended(found["script"], tmp_path).returncode == 1


def test_an_instance_with_the_name_of_its_class_is_not_made_again(tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    base = "type(member('zero-padding-wins'))"
    file.write_text(
        "from conformance.zoo import member\n\n\n"
        f"class Mine({base}):\n    pass\n\n\nMine = Mine()\n",
        "utf-8",
    )
    found = script_for(find(f"{file}:Mine"), "pad.never-wins")
    assert ".Mine\n" in found["script"]
    assert "got" in ended(found["script"], tmp_path).stderr


def test_a_call_that_ends_the_process_has_a_script_as_well(tmp_path: Path) -> None:
    target = subject(tmp_path, "calm", "Sound()")
    found = blank_finding("mine", "error.kernel", "test_it", "a.case", "a call")
    assert "not known" in script_of(target, found, "smoke", 0)["no_script"]
    x = np.array([[[[1, np.nan]]]], np.float32)
    found |= {"arguments": [shown_argument("x", x)], "pool": pool_json(Pool.of((1, 2)))}
    script = script_of(target, found, "smoke", 0)["script"]
    calm = ended(script, tmp_path)
    assert (calm.returncode, calm.stdout) == (0, "every call came back\n")
    file = tmp_path / "calm.py"
    file.write_text("import os\n\n\nclass pool:\n    def forward(x, pool):\n        os.abort()\n")
    assert ended(script, tmp_path).returncode < 0


LOCKING = """
from implementations import im2col

claims, dialect = im2col.claims, im2col.dialect


def forward(x, pool):
    y, _ = im2col.forward(x, pool)
    x.flags.writeable = False
    return y, (x, pool)


def backward(dy, saved):
    return im2col.backward(dy, im2col.forward(*saved)[1])


def indices(saved):
    return im2col.indices(im2col.forward(*saved)[1])
"""


def test_what_a_call_locked_is_unlocked_in_the_script_as_in_the_suite(tmp_path: Path) -> None:
    file = tmp_path / "locking.py"
    file.write_text(LOCKING, "utf-8")
    script = script_for(find(str(file)), "pure.saved")["script"]
    assert ".flags.writeable = True  # a call had locked it" in script
    failed = ended(script, tmp_path)
    assert (failed.returncode, "read-only" in failed.stderr) == (1, False)
    file.write_text(LOCKING.replace("return y, (x,", "return y, (x.copy(),"), "utf-8")
    passed = ended(script, tmp_path)
    assert (passed.returncode, passed.stderr) == (0, "")


DECLINING = """
from implementations import im2col

claims, dialect = im2col.claims, im2col.dialect


def forward(x, pool):
    y, saved = im2col.forward(x, pool)
    if not x.flags.aligned and x.flags.writeable:
        x[...] = 0
    return y, (saved, x.dtype.isnative)


def backward(dy, saved):
    if not saved[1]:
        raise ValueError("byte order")
    return im2col.backward(dy, saved[0])


def indices(saved):
    return im2col.indices(saved[0])
"""


def test_a_refusal_that_is_left_open_is_no_fault_of_a_script(tmp_path: Path) -> None:
    file = tmp_path / "declining.py"
    file.write_text(DECLINING, "utf-8")
    script = script_for(find(str(file)), "pure.input")["script"]
    failed = ended(script, tmp_path)
    assert (failed.returncode, "byte order" in failed.stderr) == (1, False)
    file.write_text(DECLINING.replace("x[...] = 0", "pass"), "utf-8")
    passed = ended(script, tmp_path)
    assert (passed.returncode, passed.stderr) == (0, "")


def test_what_shows_only_later_has_no_script_but_a_reason(tmp_path: Path) -> None:
    target = subject(tmp_path, "right", "Sound()")
    bad = subject(tmp_path, "bad", "member('zero-padding-wins')")
    found = records_of(bad, "smoke", 0, makes_small=True, only=["pad.never-wins"])[0]["finding"]
    answer = script_of(target, found, "smoke", 0)
    assert answer["script"] == ""
    assert "only after other calls" in answer["no_script"]


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4).T,
        np.arange(12.0)[::-1],
        np.arange(24).reshape(4, 6)[::2, 1::3],
        np.broadcast_to(np.float32(3), (2, 3)),
        np.arange(5).astype(">i4"),
        np.frombuffer(bytes(range(17)), np.uint8)[1:].view(np.float32),
        np.zeros((0, 3)),
    ],
    ids=["transposed", "backwards", "skipping", "broadcast", "swapped", "unaligned", "empty"],
)
def test_an_array_is_laid_out_as_it_was(
    array: np.ndarray[tuple[int, ...], np.dtype[np.generic]],
) -> None:
    made = Given.of(array).laid_out()
    np.testing.assert_array_equal(made, array)
    assert (made.dtype, made.shape) == (array.dtype, array.shape)
    assert made.strides == array.strides or array.size < 2
    assert made.flags.aligned == array.flags.aligned
    assert made.flags.writeable == array.flags.writeable
    assert not np.shares_memory(made, array)


def test_scripts_are_written_under_readable_names_that_differ(tmp_path: Path) -> None:
    read = as_read(sample())
    for one in read["implementations"]:
        for number, finding in enumerate(one["findings"]):
            finding["script"] = f"# {number}\n" if number < 2 else ""
    paths = write_scripts(read, tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert sorted(Path(path).name for path in paths.values()) == names
    assert "strided-window-pad-never-wins.py" in names
    assert len(set(names)) == len(names) == 6
    first = next(path for found, path in paths.items() if found == "strided-window/pad.never-wins")
    assert Path(first).read_text("utf-8") == "# 0\n"
