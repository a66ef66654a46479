"""What an implementation was seen to do on one call, and how that travels between processes."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from conformance.cases.case import Array, dtype_of
from conformance.nonconformance import native
from conformance.verdict import Json

CARRIED = 50_000
"""An array with more elements stays where it was made; only a digest of it is handed over."""


class Kind(StrEnum):
    """What became of one method of one call."""

    ANSWER = "answer"
    REFUSED = "refused"
    UNCLAIMED = "not offered"
    RAISED = "raised"
    MALFORMED = "malformed"
    CRASH = "crash"
    HANG = "hang"
    SILENT = "not asked"


ENDED: Final = frozenset({Kind.CRASH, Kind.HANG})


@dataclass(frozen=True, slots=True)
class Reply:
    """What one method came to: an array, or in words what came instead."""

    kind: Kind
    array: Array | None = None
    """The answer, in native byte order; None where there is none, or it is too large to carry."""
    said: str = ""
    digest: str = ""
    """Of an answer: equal for equal shape, dtype and bits, every NaN alike."""

    @property
    def answered(self) -> bool:
        """Return whether there is an array."""
        return self.kind is Kind.ANSWER


SILENCE: Final = Reply(Kind.SILENT)


@dataclass(frozen=True, slots=True)
class Observation:
    """What the methods of an implementation came to on one call."""

    forward: Reply
    indices: Reply = SILENCE
    backward: Reply = SILENCE

    @property
    def ended(self) -> bool:
        """Return whether the process did not come back from the call."""
        return self.forward.kind in ENDED


def digest(array: Array) -> str:
    """Return what tells one array from another: dtype, shape and bits, every NaN alike."""
    bits = np.array(native(array), order="C")
    if bits.dtype.kind not in "iub":
        bits[bits != bits] = np.nan  # noqa: PLR0124 - NaN
    words = f"{bits.dtype.name} {bits.shape} ".encode()
    return hashlib.blake2b(words + bits.tobytes(), digest_size=16).hexdigest()


def packed(array: Array) -> Json:
    """Return an array as JSON values that keep every bit; a large one without its data."""
    plain = np.ascontiguousarray(native(array)).reshape(array.shape)
    values: Json = {"dtype": plain.dtype.name, "shape": list(plain.shape)}
    if plain.size <= CARRIED:
        values["data"] = base64.b64encode(plain.tobytes()).decode("ascii")
    return values


def unpacked(values: Json) -> Array | None:
    """Return the array that `packed` was given; None where it left the data behind."""
    if "data" not in values:
        return None
    flat = np.frombuffer(base64.b64decode(values["data"]), dtype_of(values["dtype"]))
    return flat.reshape(values["shape"])


def told(reply: Reply) -> Json:
    """Return a reply as JSON values."""
    values: Json = {"kind": reply.kind.value, "said": reply.said, "digest": reply.digest}
    return values if reply.array is None else values | {"array": packed(reply.array)}


def heard(values: Json) -> Reply:
    """Return the reply that `told` was given."""
    array = unpacked(values["array"]) if "array" in values else None
    return Reply(Kind(values["kind"]), array, values["said"], values["digest"])
