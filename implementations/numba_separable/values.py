"""The implementation compiled by Numba where nobody asks who won: for inference."""

from implementations import numba_separable
from implementations.call import Array
from implementations.numba_separable.planning import planned
from reference.pool import Pool

claims = tuple(one for one in numba_separable.claims if one not in {"gradient", "indices"})
call_limit = numba_separable.call_limit


def forward(x: Array, pool: Pool) -> tuple[Array, None]:
    """Return the maxima of all windows of x.

    x has shape (N, C, *spatial) or (C, *spatial); so has the result, with x's dtype.

    Raises:
        TypeError: x is not an array of a specified type, or a parameter is not a whole number.
        ValueError: the call is invalid.
        NotImplementedError: the call has more than three spatial axes.
    """
    return numba_separable.pooled(x, planned(x, pool, claims)), None
