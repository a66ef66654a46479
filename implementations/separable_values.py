"""The separable implementation where nobody asks who won: for inference, in half the time."""

from implementations import separable
from implementations.call import Array, admit
from implementations.regions import Plan
from reference.pool import Pool

claims = tuple(claim for claim in separable.claims if claim not in {"gradient", "indices"})


def forward(x: Array, pool: Pool) -> tuple[Array, None]:
    """Return the maxima of all windows of x.

    x has shape (N, C, *spatial) or (C, *spatial); so has the result, with x's dtype.

    Raises:
        TypeError: x is not an array of a specified type, or a parameter is not a whole number.
        ValueError: the call is invalid.
        NotImplementedError: the call has more than three spatial axes.
    """
    call = admit(x, pool, claims)
    return separable.maxima(x, call, Plan.of(call, separable.elements(x))), None
