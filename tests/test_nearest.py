"""What stands in for a call that is not offered is offered, legal, and told apart by its id."""

from __future__ import annotations

import numpy as np
import pytest

from conformance import oracle
from conformance.cases import search
from conformance.cases.case import Case, plane_distinct
from conformance.checks.test_sharing import laid_out
from conformance.contract import Implementation, adopt
from conformance.nearest import nearest
from implementations import im2col
from reference.pool import Pool
from tests.unusual.offers import OFFERS, SPECIALISTS, Strict

CASES = (*search.cases(0, "smoke"), *laid_out())


def _adopted(name: str) -> Implementation:
    strict = Strict(*SPECIALISTS[name]) if name in SPECIALISTS else _offer(name)
    return adopt(strict, name, OFFERS.get(name, name))


def _offer(name: str) -> Strict:
    from tests.unusual import offers

    found: Strict = getattr(offers, name)
    return found


@pytest.mark.parametrize("name", OFFERS)
def test_what_stands_in_is_offered_and_legal(name: str) -> None:
    implementation = _adopted(name)
    calls: dict[str, tuple[object, ...]] = {}
    for case in CASES:
        found = nearest(case, implementation)
        if found is case:
            continue
        assert not implementation.lacking(found.shape, found.dtype, found.pool), str(found)
        assert oracle.legal(found.shape, found.pool, implementation.dialect), str(found)
        assert found.x(0).dtype.name == found.dtype
        call = (found.shape, found.dtype, found.pool)
        assert calls.setdefault(found.id, call) == call


@pytest.mark.parametrize("name", SPECIALISTS)
def test_who_does_one_thing_is_asked_for_most(name: str) -> None:
    implementation = _adopted(name)
    asked = [nearest(case, implementation) for case in CASES]
    offered = [one for one in asked if not implementation.lacking(one.shape, one.dtype, one.pool)]
    assert len(offered) > len(CASES) // (2 if name != "no-pairs" else 40)


def test_what_is_offered_stays() -> None:
    everything = adopt(im2col, "im2col", "im2col")
    assert all(nearest(case, everything) is case for case in CASES)


def test_the_call_is_told_in_the_id() -> None:
    pool = Pool.of(3, 2, 1, 2, ceil_mode=True)
    case = Case("some.case", pool, (2, 3, 9, 11), plane_distinct)
    bytes_alone = _adopted("bytes-of-any-window")
    found = nearest(case, bytes_alone)
    assert found.id == "some.case@int8-2x3x9x11-k3x3s2x2-p1.1x1.1-ceil"
    lines = adopt(Strict(("rank-1", "dilation", "overlap")), "lines", "lines")
    word = Case("a.word", Pool.of((3,), 2, 1, auto_pad="same-upper"), (1, 2, 9), plane_distinct)
    assert nearest(word, lines).id == "a.word@float32-1x2x9-k3s2"
    dilated = Case("d", Pool.of((3,), 2, 0, 2), (1, 2, 10), plane_distinct, "int8")
    assert nearest(dilated, lines).id == "d@float32-1x2x9-k3s2-d2"


def test_whole_numbers_stand_in_for_floats() -> None:
    case = next(one for one in CASES if one.fill in search.WITH_NAN)
    found = nearest(case, _adopted("bytes-alone"))
    assert found.dtype == "uint8"
    assert len(np.unique(found.x(0))) > 1


def test_nothing_stands_in_where_nothing_is_offered() -> None:
    lacks = [frozenset({one}) for one in ("rank-2", "rank-1", "rank-3")]
    nobody = adopt(Strict(im2col.claims, lacks), "nobody", "nobody")
    assert all(nearest(case, nobody) is case for case in CASES)
