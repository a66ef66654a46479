"""What well-known systems do at each switch, with where that is known from.

A system that says nothing about a switch, has no such operation, or does what no value of the
switch describes has no entry. A system with an option has one entry with all of its values.
"Measured" means on a CPU.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.identify.standing import OPEN, Standing, Status


@dataclass(frozen=True, slots=True)
class Entry:
    """What a system does at one switch: one value, or several where it has an option."""

    values: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class NamedDialect:
    """What a system is known to do."""

    name: str
    what: str
    entries: Mapping[str, Entry]


def _named(name: str, what: str, **entries: tuple[str, str]) -> NamedDialect:
    """Return a dialect; an entry is (values parted by |, source)."""
    read = {
        switch.replace("_", "-"): Entry(tuple(values.split("|")), source)
        for switch, (values, source) in entries.items()
    }
    return NamedDialect(name, what, read)


NAMED = (
    _named(
        "torch",
        "PyTorch 2.15, torch.nn.functional.max_pool1d to 3d",
        nan=("propagate", "measured; its CPU kernel takes over every NaN that it meets"),
        nan_index=("last", "measured: index 3 for the window 5, NaN, 7, NaN"),
        ties=("first", "measured; its CPU kernel compares strictly"),
        gradient_ties=("winner", "measured; backward adds at the stored index"),
        signed_zero=("first", "measured"),
        ceil=("start-rule", "documented for ceil_mode; measured"),
        index=("plane", "measured: h * W + w without the padding"),
        index_type=("int64", "measured"),
        float_identity=("infinity", "documented: implicit negative infinity; measured"),
        zero_size=("error", "measured: 'Output size is too small'"),
        pad_limit=("half", "measured: 'pad should be at most half of effective kernel size'"),
    ),
    _named(
        "onnx",
        "ONNX MaxPool of opset 22, the text of the operator",
        ceil=("start-rule", "text: windows that would start in the right padding are ignored"),
        index=("flat|flat-column", "text: over N x C x spatial, by storage_order"),
        index_type=("int64", "text: the type of Indices"),
        pad_limit=("none", "text: any padding of 0 or more"),
    ),
    _named(
        "tensorflow",
        "TensorFlow 2.21, nn.max_pool and nn.max_pool_with_argmax",
        nan=("ignore", "measured for MaxPool; a window of nothing but NaN gives -3.4e38"),
        ties=("first", "measured for the arg-max"),
        gradient_ties=("winner", "measured; backward looks for the first maximum again"),
        signed_zero=("first", "measured"),
        index=("flat-channels-last", "documented: (y * W + x) * C + c, the batch by an option"),
        index_type=("int64|int32", "documented: the argument output_dtype"),
        float_identity=("lowest", "measured: -3.4028235e38"),
        zero_size=("empty", "measured without oneDNN; with it the process may die"),
        pad_limit=("below-kernel", "its message: the padding is to be smaller than the window"),
    ),
    _named(
        "jax/stablehlo",
        "JAX 0.10 and the StableHLO specification: reduce_window, select_and_scatter",
        nan=("propagate", "specification: maximum is that of IEEE 754; measured"),
        ties=("first", "measured by gradients"),
        gradient_ties=("winner", "measured; select_and_scatter by a comparison"),
        signed_zero=("positive", "measured: +0 whenever it is there"),
        float_identity=("infinity", "the initial value that max pooling passes"),
        empty_window=("identity", "specification: the initial value; measured"),
        zero_size=("empty", "specification of reduce_window, C15; measured"),
        pad_limit=("none", "specification: padding is not limited"),
    ),
    _named(
        "tosa",
        "TOSA 1.0, MAX_POOL2D",
        nan=("propagate|ignore", "specification: nan_mode"),
        signed_zero=("any", "specification: zeros may have either sign"),
        empty_window=("error", "specification: excluded by its ERROR_IF conditions"),
        zero_size=("error", "specification: an ERROR_IF condition"),
        pad_limit=("below-kernel", "specification: an ERROR_IF condition for each side"),
    ),
    _named(
        "webnn",
        "WebNN, maxPool2d, the text of the specification",
        ceil=("bare", "text: outputShapeRounding ceil divides and rounds up"),
        zero_size=("error", "text: sizes are at least 1, else a TypeError"),
        pad_limit=("none", "text: padding is not limited"),
    ),
    _named(
        "openvino",
        "OpenVINO 2026.4, MaxPool-8 and MaxPool-14, CPU plugin",
        nan=("ignore", "measured; a window of nothing but NaN gives -3.4e38"),
        ties=("first", "measured"),
        signed_zero=("first", "measured"),
        ceil=("bare|start-rule", "documented: rounding_type ceil and ceil_torch; measured"),
        index=("flat|plane", "documented: axis 0 and axis 2; measured"),
        index_type=("int64|int32", "documented: index_element_type"),
        float_identity=("lowest", "measured; the document says -inf"),
        zero_size=("error", "measured: the kernel is larger than the padded data"),
        pad_limit=("none", "documented: padding is not limited"),
    ),
    _named(
        "caffe",
        "BVLC Caffe, pooling_layer.cpp",
        nan=("ignore", "source: > from -FLT_MAX; a window of nothing but NaN gives that"),
        ties=("first", "source: > while scanning"),
        gradient_ties=("winner", "source: backward adds at the stored mask"),
        signed_zero=("first", "source: > while scanning"),
        ceil=("start-rule-if-padded", "source: the last window is clipped if (pad_h || pad_w)"),
        index=("plane", "source: the mask holds h * width + w"),
        index_type=("int32", "source: the mask is of int"),
        float_identity=("lowest", "source: starts from -FLT_MAX"),
        empty_window=("identity", "source: -FLT_MAX and mask -1"),
        pad_limit=("below-kernel", "source: CHECK_LT(pad, kernel)"),
    ),
    _named(
        "cs231n",
        "the layers of the course CS231n: naive, im2col and reshape",
        nan=("propagate", "source: np.max"),
        nan_index=("first", "source: np.argmax of a column"),
        ties=("first", "source: np.argmax of a column"),
        gradient_ties=("winner|split", "source: im2col; reshape divides by the count"),
        float_identity=("infinity", "source: np.max of the elements, and no padding"),
        zero_size=("error", "source: sizes are asserted"),
    ),
)


@dataclass(frozen=True, slots=True)
class Departure:
    """A switch at which an implementation does not do what a system does."""

    switch: str
    observed: str
    known: Entry


@dataclass(frozen=True, slots=True)
class Nearness:
    """How an implementation compares with one named dialect."""

    dialect: NamedDialect
    agrees: tuple[str, ...]
    departs: tuple[Departure, ...]
    open: tuple[str, ...] = field(default=())
    """Switches about which one of the two says nothing."""

    @property
    def rank(self) -> tuple[int, int]:
        """Return by what it is ranked: many agreements first, then few departures."""
        return -len(self.agrees), len(self.departs)


def nearest(standings: Mapping[str, Standing]) -> list[Nearness]:
    """Return how the named dialects compare with what was observed, the nearest first."""
    return sorted((_compared(one, standings) for one in NAMED), key=lambda near: near.rank)


def first_of(ranked: list[Nearness]) -> list[Nearness]:
    """Return those that are equally near, and nearer than all others."""
    return [one for one in ranked if one.rank == ranked[0].rank]


def _compared(dialect: NamedDialect, standings: Mapping[str, Standing]) -> Nearness:
    agrees, departs, silent = [], [], []
    for switch, found in standings.items():
        known = dialect.entries.get(switch)
        if known is None or found.status is Status.UNTOLD:
            silent.append(switch)
        elif found.settled and _allows(known, found.value):
            agrees.append(switch)
        elif found.status is Status.UNDECIDED and set(known.values) & set(found.possible):
            silent.append(switch)
        else:
            departs.append(Departure(switch, _word(found), known))
    return Nearness(dialect, tuple(agrees), tuple(departs), tuple(silent))


def _allows(known: Entry, value: str) -> bool:
    return value in known.values or OPEN in known.values


def _word(found: Standing) -> str:
    if found.settled:
        return found.value
    if found.status is Status.UNDECIDED:
        return " or ".join(found.possible)
    return found.status.value
