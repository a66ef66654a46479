"""What a call needs beyond the base, worked out from the table of SPEC.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from conformance.zoo.trace import Axis
    from reference.pool import Pool

BASE_TYPES = ("float32", "float64")
CLAIMED_TYPES = (
    *("float16", "bfloat16", "bool", "int8", "int16", "int32", "int64"),
    *("uint8", "uint16", "uint32", "uint64"),
)
TYPES = BASE_TYPES + CLAIMED_TYPES
"""Names of the dtypes that can be pooled."""

FEATURES = frozenset(
    (
        *("gradient", "indices", "overlap", "gaps", "remainder", "padding", "asymmetric-padding"),
        *("dilation", "ceil", "rank-1", "rank-3", "unbatched", "same-upper", "same-lower"),
        *CLAIMED_TYPES,
    )
)
"""Every feature that can be claimed."""


def needed(x: NDArray[Any], pool: Pool, axes: Sequence[Axis]) -> frozenset[str]:
    """Return the features that a forward call needs."""
    explicit = [pair for pair in pool.padding if pool.auto_pad == "explicit"]
    rests = [(axis.n + axis.begin + axis.end - axis.extent) % axis.s for axis in axes]
    asked = {
        "overlap": any(axis.s < axis.extent for axis in axes),
        "gaps": any(axis.s > axis.k for axis in axes),
        "remainder": any(rests),
        "padding": any(max(pair) > 0 for pair in explicit),
        "asymmetric-padding": any(begin != end for begin, end in explicit),
        "dilation": any(axis.d != 1 for axis in axes),
        "ceil": pool.ceil_mode,
        f"rank-{pool.rank}": pool.rank in (1, 3),
        "unbatched": x.ndim == pool.rank + 1,
        pool.auto_pad: pool.auto_pad != "explicit",
        x.dtype.name: x.dtype.name not in BASE_TYPES,
    }
    return frozenset(name for name, is_asked in asked.items() if is_asked)
