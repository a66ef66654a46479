"""Implementations that offer a part of the features, and refuse strictly what they do not.

`tests.unusual.offers:without-remainder` lacks one feature; `tests.unusual.offers:offer-7` claims
some at random, and `lacks` some words together. A check that makes a call beside the one it
was given has to ask first whether that is offered.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from conformance.features import BASE_WORDS, METHODS, needed, words
from implementations import im2col

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from reference.pool import Pool

RANDOM = 40
WITHOUT_FLOATS = (frozenset({"float32"}), frozenset({"float64"}))
SPECIALISTS: Mapping[str, tuple[tuple[str, ...], tuple[frozenset[str], ...]]] = {
    "bytes-alone": (("uint8",), WITHOUT_FLOATS),
    "bytes-of-any-window": (
        ("int8", "indices", "overlap", "gaps", "remainder", "padding", "ceil"),
        WITHOUT_FLOATS,
    ),
    "words-alone": (("int64", "uint64", "indices", "rank-1"), WITHOUT_FLOATS),
    "truths-alone": (("bool", "overlap"), WITHOUT_FLOATS),
    "halves-alone": (("float16", "bfloat16", "gradient", "overlap", "indices"), WITHOUT_FLOATS),
    "lines-alone": (("rank-1", "gradient", "remainder"), (frozenset({"rank-2"}),)),
    "volumes-alone": (("rank-3", "indices", "overlap", "padding"), (frozenset({"rank-2"}),)),
    "lines-of-samples": (
        ("rank-1", "int16", "unbatched"),
        (*WITHOUT_FLOATS, frozenset({"rank-2"}), frozenset({"batched"})),
    ),
    "images-one-by-one": (("unbatched", "overlap", "dilation"), (frozenset({"batched"}),)),
    "steps-of-one": (("overlap", "padding", "gradient"), (frozenset({"strided"}),)),
    "words-for-padding": (("same-upper", "same-lower", "overlap"), ()),
    "bytes-with-gradient": (("int8", "gradient"), WITHOUT_FLOATS),
    "brains-alone": (("bfloat16", "overlap"), WITHOUT_FLOATS),
    "doubles-if-batched": (
        ("overlap",),
        (frozenset({"overlap", "float32"}), frozenset({"batched", "float32"})),
    ),
    "no-pairs": (("same-upper", "overlap", "gaps"), (frozenset({"explicit"}),)),
}
"""Claims and lacks of such as do one thing."""
OFFERS = {
    name: f"tests.unusual.offers:{name}"
    for name in (
        *SPECIALISTS,
        *(f"without-{feature}" for feature in im2col.claims),
        *(f"offer-{number}" for number in range(RANDOM)),
    )
}
"""Name and target of each, as in the family."""


class Strict:
    """Pools as an engine does, and raises NotImplementedError for whatever is not offered."""

    def __init__(
        self,
        claims: Collection[str],
        lacks: Collection[frozenset[str]] = (),
        dialect: Mapping[str, str] = MappingProxyType({}),
        engine: Any = im2col,  # noqa: ANN401 - a module or an object
    ) -> None:
        """Offer the base and these claims, but for calls that ask for all words of a lack."""
        self.claims, self.lacks, self.dialect = tuple(claims), tuple(lacks), dict(dialect)
        self.engine = engine

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
        """Return (y, saved); raises what the engine raises, and refuses what is not offered."""
        y, saved = self.engine.forward(x, pool)
        self._require(x.shape, x.dtype.name, pool)
        return y, (saved, x.shape, x.dtype.name, pool)

    def indices(self, saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return the winners; refuses what is not offered."""
        kept, *asked = saved
        self._require(*asked, "indices")
        found: NDArray[Any] = self.engine.indices(kept)
        return found

    def backward(self, dy: NDArray[Any], saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return dx; refuses what is not offered."""
        kept, *asked = saved
        self._require(*asked, "gradient")
        found: NDArray[Any] = self.engine.backward(dy, kept)
        return found

    def _require(self, shape: tuple[int, ...], dtype: str, pool: Pool, *calls: str) -> None:
        missing = (needed(shape, dtype, pool) | set(calls)) - set(self.claims)
        asked = words(shape, dtype, pool) | set(calls)
        missing |= next((lack for lack in self.lacks if lack <= asked), frozenset())
        if missing:
            message = f"not offered: {', '.join(sorted(missing))}"
            raise NotImplementedError(message)


def __getattr__(name: str) -> Strict:
    """Return an implementation by its name in OFFERS.

    Raises:
        AttributeError: there is none of that name.
    """
    if name in SPECIALISTS:
        return Strict(*SPECIALISTS[name])
    kind, _, what = name.partition("-")
    if kind == "without" and what in im2col.claims:
        return Strict([feature for feature in im2col.claims if feature != what])
    if kind == "offer" and what.isdecimal():
        return Strict(*drawn(random.Random(int(what))))  # noqa: S311 - the same every time
    raise AttributeError(name)


def drawn(generator: random.Random) -> tuple[list[str], list[frozenset[str]]]:
    """Return claims and lacks drawn at random."""
    share = generator.choice((0.2, 0.5, 0.8, 1.0))
    claims = [feature for feature in im2col.claims if generator.random() < share]
    lacks = []
    for _ in range(generator.choice((0, 1, 2, 4))):
        lack = frozenset(
            generator.sample([*im2col.claims, *BASE_WORDS], generator.choice((1, 2, 3)))
        )
        if not lack <= METHODS.keys() and not lack >= METHODS.keys():
            lacks.append(lack)
    return claims, lacks
