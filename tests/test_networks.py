"""The layers of real networks are well-formed, and the reference gives their sizes."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

import pytest

from reference.geometry import output_size, same_padding

NETWORKS: dict[str, Any] = json.loads(
    resources.files("conformance").joinpath("data", "networks.json").read_text(encoding="utf-8")
)
LAYERS: list[dict[str, Any]] = NETWORKS["layers"]
IDS = [layer["id"] for layer in LAYERS]
FIELDS = {
    "id", "network", "layer", "op", "shape", "kernel_size", "stride", "padding", "dilation",
    "ceil_mode", "auto_pad", "output_shape", "source", "shape_from",
}  # fmt: skip
WORD = r"[a-z0-9]+(?:-[a-z0-9]+)*"

each_layer = pytest.mark.parametrize("layer", LAYERS, ids=IDS)


def sizes(layer: dict[str, Any], *, ceil_mode: bool) -> list[int]:
    """Return the output size of each spatial axis, as the reference computes it."""
    axes = zip(
        layer["shape"][2:],
        layer["kernel_size"],
        layer["stride"],
        map(tuple, layer["padding"]),
        layer["dilation"],
        strict=True,
    )
    return [output_size(n, k, s, p, d, ceil_mode) for n, k, s, p, d in axes]


def test_ids_are_unique_short_and_well_formed() -> None:
    assert len(set(IDS)) == len(IDS) == 135
    for name in IDS:
        assert re.fullmatch(rf"{WORD}\.{WORD}", name), name
        assert len(name) <= 50, name


def test_layers_are_named_once() -> None:
    assert len({(layer["network"], layer["layer"]) for layer in LAYERS}) == len(LAYERS)


def test_what_was_left_out_is_said() -> None:
    left_out = NETWORKS["left_out"]
    assert left_out["count"] == 23
    assert sum(map(int, re.findall(r"\d+", left_out["why"]))) == left_out["count"]


@each_layer
def test_fields_are_complete(layer: dict[str, Any]) -> None:
    assert layer.keys() - {"note"} == FIELDS
    assert layer["op"] in {"max_pool", "max_pool_with_mask", "global_max_pool"}
    assert layer["auto_pad"] in {"explicit", "same-upper"}
    assert layer["source"].keys() == {"where", "path", "commit"}
    assert all(layer["source"].values())
    rank = len(layer["shape"]) - 2
    for name in ("kernel_size", "stride", "padding", "dilation"):
        assert len(layer[name]) == rank, name


@each_layer
def test_the_reference_gives_the_published_size(layer: dict[str, Any]) -> None:
    assert layer["output_shape"][:2] == layer["shape"][:2]
    assert sizes(layer, ceil_mode=layer["ceil_mode"]) == layer["output_shape"][2:]


@pytest.mark.parametrize(
    "layer",
    [layer for layer in LAYERS if layer["auto_pad"] == "same-upper"],
    ids=[layer["id"] for layer in LAYERS if layer["auto_pad"] == "same-upper"],
)
def test_a_same_word_means_the_padding_that_is_written_down(layer: dict[str, Any]) -> None:
    axes = zip(
        layer["shape"][2:], layer["kernel_size"], layer["stride"], layer["dilation"], strict=True
    )
    resolved = [list(same_padding(n, k, s, d, "same-upper")) for n, k, s, d in axes]
    assert resolved == layer["padding"]


def test_a_wrong_rounding_would_be_noticed() -> None:
    """Rounding matters to enough of these layers for their sizes to mean something."""
    matters = [sizes(layer, ceil_mode=True) != sizes(layer, ceil_mode=False) for layer in LAYERS]
    assert sum(matters) == 20
