"""The declared differences between real systems."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """One value per switch of SPEC.md, `Dialects`; the defaults are the specification's.

    Names and values are written with underscores for the names only: the switch
    `nan-index` is the field `nan_index`, and its values are as in SPEC.md.
    """

    nan: str = "propagate"
    nan_index: str = "any"
    ties: str = "first"
    gradient_ties: str = "winner"
    signed_zero: str = "any"
    ceil: str = "start-rule"
    index: str = "plane"
    index_type: str = "int64"
    float_identity: str = "infinity"
    empty_window: str = "error"
    zero_size: str = "error"
    pad_limit: str = "half"


DEFAULT = Dialect()
