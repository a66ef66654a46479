"""Surveyed bugs that no max pooling under the contract can have, and why."""

from __future__ import annotations

from types import MappingProxyType

_AVERAGE = "an average pooling divides; a maximum has no divisor"
_LP = "an Lp pooling takes powers and roots; a maximum takes neither"

LEFT_OUT = MappingProxyType(
    {
        "argmax-not-validated": "what forward saved is opaque: no caller can hand over an index",
        "adaptive-as-fixed-kernel": "the windows of an adaptive pooling come from an output size",
        "avg-bwd-divisor-disagrees": _AVERAGE,
        "avg-ceil-overhang-divisor": _AVERAGE,
        "avg-clamped-at-zero-on-pad": "an average pooling; for a maximum it is zero-padding-wins",
        "avg-divisor-override-ignored": _AVERAGE,
        "avg3d-batch-stride-missing-depth": "a plane offset in the kernel of an average pooling",
        "init-value-ignored": "Pool has no initial value for the caller to choose",
        "lp-signed-fractional-power-nan": _LP,
        "lp-zero-window-nan-gradient": _LP,
        "result-of-clamp-discarded": "no activation is fused into a pooling under the contract",
        "unpool-duplicate-index-gradient": "an unpooling is another operation",
    }
)
"""Reason by id."""
