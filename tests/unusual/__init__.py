"""Correct implementations that look like nobody else's: the suite must accuse none of them.

Each module is written on its own and keeps every clause of the specification in its own way,
with its own choices where the specification leaves one; only `odd_results` and `fussy_memory`
lend the right answers of another, and hand them over or take arrays oddly. Importing the
package imports none.
"""

from __future__ import annotations

from typing import Final

FAMILY: Final = {
    "sorting": "tests.unusual.sorting:pool",
    "backwards": "tests.unusual.backwards",
    "fortran": "tests.unusual.fortran:pool",
    "last-nan": "tests.unusual.last_nan",
    "gathering": "tests.unusual.gathering",
    "plane-loops": "tests.unusual.plane_loops",
    "van-herk": "tests.unusual.van_herk:pool",
    "recomputing": "tests.unusual.recomputing:pool",
    "native-half": "tests.unusual.native_half:FloatPool",
    "base-only": "tests.unusual.base_only",
    "no-gradient": "tests.unusual.no_gradient",
    "gradient-only": "tests.unusual.gradient_only:pool",
    "core-only": "tests.unusual.core_only",
    "lists": "tests.unusual.lists",
    "native-order": "tests.unusual.native_order:pool",
    "swapped-order": "tests.unusual.swapped_order",
    "fussy-memory": "tests.unusual.fussy_memory",
    "ieee-zero": "tests.unusual.ieee_zero:pool",
    "total-order": "tests.unusual.total_order",
    "closures": "tests.unusual.closures:pool",
    "generators": "tests.unusual.generators",
    "handles": "tests.unusual.handles:pool",
    "exact-arithmetic": "tests.unusual.exact_arithmetic",
    "shifted-slices": "tests.unusual.shifted_slices",
    "scipy-filter": "tests.unusual.scipy_filter",
    "odd-order": "tests.unusual.odd_order:pool",
    "type-errors": "tests.unusual.type_errors",
    "compiled": "tests.unusual.compiled:pool",
    "nan-ignore": "tests.unusual.nan_ignore",
    "ties-last": "tests.unusual.ties_last:pool",
    "ties-any": "tests.unusual.ties_any",
    "flat-index": "tests.unusual.flat_index:rows",
    "flat-column-index": "tests.unusual.flat_index:columns",
    "channels-last-index": "tests.unusual.channels_last_index",
    "split-ties": "tests.unusual.split_ties",
    "all-ties": "tests.unusual.all_ties",
    "bare-ceil": "tests.unusual.bare_ceil:pool",
    "zero-size": "tests.unusual.zero_size",
    "unlimited-pads": "tests.unusual.unlimited_pads",
    "lowest-identity": "tests.unusual.lowest_identity:pool",
    "positive-zero": "tests.unusual.positive_zero",
    "caffe-style": "tests.unusual.caffe_style:pool",
    "skipping-lowest": "tests.unusual.skipping_lowest:first",
    "skipping-lowest-last": "tests.unusual.skipping_lowest:last",
    "reversed": "tests.unusual.odd_results:Reversed",
    "mapped": "tests.unusual.odd_results:Mapped",
    "subclassed": "tests.unusual.odd_results:Subclassed",
    "records": "tests.unusual.odd_results:Records",
    "broadcast": "tests.unusual.odd_results:Broadcast",
    "pickled": "tests.unusual.odd_results:Pickled",
    "remembering": "tests.unusual.odd_results:Remembering",
    "single-threaded": "tests.unusual.odd_results:SingleThreaded",
    "single-precision": "tests.unusual.partial:SinglePrecision",
    "undilated-gradient": "tests.unusual.partial:UndilatedGradient",
    "unit-stride": "tests.unusual.partial:UnitStride",
}
