"""The adapters: short, lazy, installable by name, honest about what they cannot say."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray

from conformance.clauses import features, switches
from conformance.contract import Implementation, adopt
from implementations import SHIPPED
from implementations.adapters import plain, refuse_inexpressible, words
from implementations.adapters.channels_last import to_first, to_last
from implementations.adapters.maxpool_node import OFFERED
from implementations.adapters.stablehlo_text import module_of
from reference.pool import Pool

CHECKOUT = Path(__file__).parents[1]
FOLDER = CHECKOUT / "implementations" / "adapters"
ADAPTERS = [name for name in SHIPPED if ".adapters." in SHIPPED[name].target]
KERNELS = ["numba", "numba-separable", "numba-separable-values", "triton"]
IMAGE = np.array([[[[4, 1, 0, 2], [3, 9, 7, 2]], [[0, 0, 8, 6], [5, 1, 6, 8]]]], np.float32)


def loaded(shipped: str) -> ModuleType:
    """Return an implementation; the test is skipped, and says so, where a package is missing."""
    for package in SHIPPED[shipped].requires:
        reason = f"{package} is not installed: pip install 'poolproof[{SHIPPED[shipped].extra}]'"
        if find_spec(package) is None:
            pytest.skip(reason)
    return import_module(SHIPPED[shipped].target)


def source(shipped: str) -> Path:
    """Return the file of an implementation."""
    place = CHECKOUT / SHIPPED[shipped].target.replace(".", "/")
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


# The files


@pytest.mark.parametrize("shipped", ADAPTERS)
def test_an_adapter_has_at_most_40_lines(shipped: str) -> None:
    assert len(source(shipped).read_text(encoding="utf-8").splitlines()) <= 40


def test_every_adapter_ships_or_says_why_it_does_not() -> None:
    shipped = {source(name) for name in ADAPTERS}
    adapters = {
        path
        for path in FOLDER.glob("*.py")
        if any(
            isinstance(node, ast.FunctionDef) and node.name == "forward"
            for node in ast.parse(path.read_text(encoding="utf-8")).body
        )
    }
    left_out = {FOLDER / "reduce_window.py"}
    assert adapters - shipped == left_out


@pytest.mark.parametrize("shipped", ADAPTERS)
def test_an_adapter_is_called_after_its_file(shipped: str) -> None:
    assert source(shipped).stem == shipped.replace("-", "_")
    assert source(shipped).is_file()


def test_every_extra_installs_something_and_no_extra_is_forgotten() -> None:
    text = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    extras = tomllib.loads(text)["project"]["optional-dependencies"]
    named = {one.extra for one in SHIPPED.values() if one.requires}
    assert named == extras.keys() - {"benchmark", "docs", "test"}
    assert all(extras[extra] for extra in named)


def test_what_requires_packages_names_an_extra_and_nothing_else_does() -> None:
    for name, shipped in SHIPPED.items():
        assert bool(shipped.requires) == bool(shipped.extra), name


def test_required_packages_are_top_level() -> None:
    assert not [one for shipped in SHIPPED.values() for one in shipped.requires if "." in one]


def test_nothing_is_imported_before_a_call() -> None:
    targets = [SHIPPED[name].target for name in (*ADAPTERS, *KERNELS)]
    packages = {package for one in SHIPPED.values() for package in one.requires}
    check = f"""
import importlib, sys
for target in {targets}:
    importlib.import_module(target)
print(sorted({packages} & set(sys.modules)))
"""
    command = [sys.executable, "-c", check]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)  # noqa: S603 - this Python, this code
    assert (done.stdout, done.stderr) == ("[]\n", "")


# Documents

SHOWS_IN = {
    "nan-index": {"gradient", "indices"},
    "ties": {"gradient", "indices"},
    "gradient-ties": {"gradient"},
    "index": {"indices"},
    "index-type": {"indices"},
    "ceil": {"ceil"},
    "pad-limit": {"padding"},
    "empty-window": {"padding"},
}
"""The claims without which a switch never shows."""


def declared_by(name: str) -> Implementation:
    """Return an adapter with what it declares; no framework is needed for that."""
    said = vars(import_module(SHIPPED[name].target))
    return adopt(SimpleNamespace(**{**said, "refusals": ()}), name, "")


@pytest.mark.parametrize("name", ADAPTERS)
def test_an_adapter_says_where_each_switch_is_documented_or_that_it_is_not(name: str) -> None:
    found = declared_by(name)
    sliced = {"zero-size", "ceil"} if name in {"scikit-image", "scipy"} else set()
    shows = {
        one for one in switches() if one not in SHOWS_IN or SHOWS_IN[one] & found.claims
    } - sliced  # of these two the adapter makes the size, and says so
    assert shows <= {*found.sources, *found.undocumented}
    assert found.declared.keys() <= found.sources.keys()


def test_what_is_declared_is_what_a_document_says() -> None:
    ort, jax = declared_by("onnxruntime"), declared_by("jax")
    assert ort.declared == {"index": "flat", "pad-limit": "below-kernel"}
    assert ort.sources["pad-limit"] == "its error: pad should be smaller than kernel"
    assert "nan" in ort.undocumented
    assert jax.sources["nan"].startswith("StableHLO")
    assert declared_by("torch").sources["ceil"] == "torch.nn.MaxPool2d, note on ceil_mode"


# Claims


@pytest.mark.parametrize("shipped", [*ADAPTERS, *KERNELS])
def test_claims_switches_and_calls_are_known(shipped: str) -> None:
    subject = import_module(SHIPPED[shipped].target)
    assert set(subject.claims) <= set(features())
    assert len(set(subject.claims)) == len(subject.claims)
    asked = loaded(shipped) if callable(getattr(subject, "refusals", None)) else subject
    assert adopt(asked, shipped, SHIPPED[shipped].target).claims == set(subject.claims)


@pytest.mark.parametrize("shipped", ADAPTERS)
def test_what_is_lacked_together_is_claimed_apart(shipped: str) -> None:
    subject = import_module(SHIPPED[shipped].target)
    spoken = {*subject.claims, "float64", "strided"}
    for together in getattr(subject, "lacks", ()):
        assert isinstance(together, frozenset)
        assert together <= spoken, together


@pytest.mark.parametrize("shipped", [*ADAPTERS, *KERNELS])
def test_the_file_says_what_it_is_about(shipped: str) -> None:
    said = ast.get_docstring(ast.parse(source(shipped).read_text(encoding="utf-8")))
    assert said


# What every adapter asks


@pytest.mark.parametrize(
    ("x", "pool", "missing"),
    [
        pytest.param(IMAGE.astype(np.int8), Pool.of(2), "int8", id="type"),
        pytest.param(IMAGE[0, 0], Pool.of((2,)), "rank-1", id="rank"),
        pytest.param(IMAGE[0], Pool.of(2), "unbatched", id="batch"),
        pytest.param(IMAGE, Pool.of(2, padding=1), "padding", id="padding"),
        pytest.param(IMAGE, Pool.of(2, padding=((0, 1), (0, 1))), "asymmetric", id="asymmetric"),
        pytest.param(IMAGE, Pool.of(2, dilation=(1, 2)), "dilation", id="dilation"),
        pytest.param(IMAGE, Pool.of(1, stride=2), "gaps", id="gaps"),
        pytest.param(IMAGE, Pool.of(2, ceil_mode=True), "ceil", id="ceil"),
        pytest.param(IMAGE, Pool.of(2, auto_pad="same-lower"), "same-lower", id="word"),
    ],
)
def test_what_is_not_claimed_is_not_handed_on(x: NDArray[Any], pool: Pool, missing: str) -> None:
    with pytest.raises(NotImplementedError, match=missing):
        refuse_inexpressible(x, pool, ())
    refuse_inexpressible(x, pool, features())


def test_what_is_not_offered_together_is_not_handed_on() -> None:
    lacks = (frozenset({"dilation", "strided"}), frozenset({"float64"}))
    refuse_inexpressible(IMAGE, Pool.of(2), features(), lacks)
    refuse_inexpressible(IMAGE, Pool.of(1, 1, dilation=2), features(), lacks)
    with pytest.raises(NotImplementedError, match="dilation, strided"):
        refuse_inexpressible(IMAGE, Pool.of(1, 2, dilation=2), features(), lacks)
    with pytest.raises(NotImplementedError, match="float64"):
        refuse_inexpressible(IMAGE.astype(np.float64), Pool.of(2), features(), lacks)


@pytest.mark.parametrize("name", ["padding", "dilation"])
def test_a_parameter_that_is_dropped_still_has_its_length(name: str) -> None:
    entries = {
        "padding": ((0, 0),) * 2,
        "dilation": (1, 1),
        name: ((0, 0),) if name == "padding" else (1,),
    }
    pool = Pool((2, 2), (2, 2), entries["padding"], entries["dilation"])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=f"{name} has one entry per axis"):
        refuse_inexpressible(IMAGE, pool, ())
    refuse_inexpressible(IMAGE, pool, (name,))


def test_a_word_asks_for_no_explicit_padding() -> None:
    pool = Pool.of(2, padding=((0, 1), (0, 1)), auto_pad="same-upper")
    assert {"padding", "asymmetric-padding", "explicit"}.isdisjoint(words(IMAGE, pool))


# Arrays on their way


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_channels_go_last_and_come_back(rank: int) -> None:
    pool = Pool.of(1, rank=rank)
    x = np.arange(2 * 3 * 4**rank, dtype=np.int16).reshape(2, 3, *[4] * rank)
    last = to_last(x, pool)
    assert last.shape == (2, *[4] * rank, 3)
    assert last.flags.c_contiguous
    assert not np.shares_memory(last, x)
    np.testing.assert_array_equal(to_first(last, pool), x)


def test_channels_of_what_has_no_batch_go_last_too() -> None:
    assert to_last(IMAGE[0], Pool.of(1)).shape == (2, 4, 2)
    with pytest.raises(ValueError, match="axis"):
        to_last(IMAGE[0, 0], Pool.of(1))


def test_a_plain_array_is_handed_on_as_it_is() -> None:
    assert plain(IMAGE) is IMAGE
    turned = plain(IMAGE[..., ::-1])
    assert turned.strides[-1] > 0
    np.testing.assert_array_equal(turned, IMAGE[..., ::-1])


def test_a_module_of_stablehlo_writes_down_the_call() -> None:
    text = module_of((1, 2, 5, 6), np.dtype(np.uint8), Pool.of((2, 3), (2, 1), ((0, 1), (1, 1))))
    assert "(%x: tensor<1x2x5x6xui8>) -> tensor<1x2x3x6xui8>" in text
    assert "window_dimensions = array<i64: 1, 1, 2, 3>" in text
    assert "padding = dense<[[0, 0], [0, 0], [0, 1], [1, 1]]> : tensor<4x2xi64>" in text


@pytest.mark.parametrize(
    ("dtype", "lowest", "kind"),
    [
        (np.float32, "0xFF800000", "f32"),
        (np.float64, "0xFFF0000000000000", "f64"),
        (np.float16, "0xFC00", "f16"),
        (ml_dtypes.bfloat16, "0xFF80", "bf16"),
        (np.int8, "-128", "i8"),
        (np.uint64, "0", "ui64"),
        (np.bool_, "false", "i1"),
    ],
)
def test_the_identity_of_stablehlo(dtype: type, lowest: str, kind: str) -> None:
    text = module_of((1, 1, 2), np.dtype(dtype), Pool.of((2,)))
    assert f"dense<{lowest}> : tensor<{kind}>" in text


def test_a_stride_of_0_has_no_type_in_stablehlo() -> None:
    with pytest.raises(ValueError, match="strides"):
        module_of((1, 1, 2), np.dtype(np.float32), Pool((1,), (0,), ((0, 0),), (1,)))


def test_onnx_offers_what_its_attributes_can_say() -> None:
    assert {"same-upper", "same-lower", "asymmetric-padding", "ceil", "dilation"} <= set(OFFERED)


# Those that are installed


@pytest.mark.filterwarnings("ignore")  # frameworks warn about themselves
@pytest.mark.parametrize("shipped", [*ADAPTERS, *KERNELS])
def test_an_installed_adapter_pools(shipped: str) -> None:
    subject = loaded(shipped)
    y, saved = subject.forward(IMAGE, Pool.of(2))
    np.testing.assert_array_equal(y, [[[[9, 7]], [[5, 8]]]])
    assert not np.shares_memory(y, IMAGE)
    if "indices" in subject.claims:
        found = subject.indices(saved)
        assert found.shape == y.shape
        assert found.dtype.kind == "i"
    if "gradient" in subject.claims:
        dx = subject.backward(np.array([[[[1, 2]], [[3, 4]]]], np.float32), saved)
        expected = [[[[0, 0, 0, 0], [0, 1, 2, 0]], [[0, 0, 4, 0], [3, 0, 0, 0]]]]
        assert dx.dtype == np.float32
        np.testing.assert_array_equal(dx.sum(axis=(2, 3)), np.sum(expected, axis=(2, 3)))
