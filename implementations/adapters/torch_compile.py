"""PyTorch under torch.compile, whose default backend writes C++ for each call; needs a compiler."""

from threading import Lock
from typing import Any

from implementations.adapters import Array, torch
from reference.pool import Pool

claims = torch.claims
indices = torch.indices
refusals = torch.refusals
sources, undocumented = torch.sources, torch.undocumented
TURN = Lock()
"""Nothing may be compiled, as the backward pass is at its first time, while it is forgotten."""


def forward(x: Array, pool: Pool) -> tuple[Array, Any]:
    """Return the maxima, and what autograd and indices need."""
    with TURN:
        return torch.forward(x, pool, _compiled)


def backward(dy: Array, saved: torch.Saved) -> Array:
    """Return the gradient of x, by autograd."""
    with TURN:
        return torch.backward(dy, saved)


def _compiled(function: Any) -> Any:  # noqa: ANN401 - functions of PyTorch
    from torch import _dynamo, compile  # noqa: A004 - its name

    _dynamo.reset()  # after some recompilations it would run the function as it is
    return compile(function, dynamic=False, fullgraph=True)
