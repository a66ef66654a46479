"""The loops and the witness agree: on every case, and on calls and dialects drawn at random."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from conformance import oracle, witness
from conformance.cases.case import Array, Case, dtype_of, given
from conformance.cases.manifest import listed
from conformance.clauses import switches
from conformance.nonconformance import require_same
from reference.dialect import DEFAULT, Dialect
from reference.forward import forward
from reference.geometry import output_size
from reference.indices import indices
from reference.pool import SAME_WORDS, Pool
from reference.refusal import check_call

PARTS = 4
"""So that the workers of a parallel run can share the cases."""
RANDOM_CALLS = 60
"""For each value of each switch."""
MEETINGS = 2000
VALUES = (np.nan, -np.inf, np.inf, 0.0, -0.0, 1.0, 2.0, -1.0)
DTYPES = ("float32", "float64", "float16", "bfloat16", "int8", "uint8", "bool")
SPOKEN = [
    pytest.param(replace(DEFAULT, **{name.replace("-", "_"): value}), id=f"{name}={value}")
    for name, switch in switches().items()
    for value in switch.values
]


def agree(case: Case, seed: int, dialect: Dialect) -> oracle.Answer:
    """Require one answer of both oracles, bit for bit, and return it."""
    one, other = (oracle.compute(case, seed, dialect, loops=loops) for loops in (True, False))
    for name in ("y", "plane_index", "contenders", "dy"):
        require_same(getattr(one, name), getattr(other, name), f"{case.id}: {name}")
    if one.dx is None or other.dx is None:
        assert one.dx is other.dx
        assert case.dtype not in {"float16", "bfloat16", "float32", "float64"}
    else:
        require_same(one.dx, other.dx, f"{case.id}: dx")
    return one


def legal() -> list[Case]:
    """Return every case of the smoke and default tiers that the default dialect allows."""
    known = {**listed("smoke"), **listed("default")}
    return [one for one in known.values() if oracle.legal(one.shape, one.pool, DEFAULT)]


@pytest.mark.parametrize("part", range(PARTS))
def test_the_oracles_agree_on_every_case(part: int) -> None:
    cases = [case for case in legal() if oracle.windows(case, DEFAULT)][part::PARTS]
    for case in cases:
        agree(case, 0, DEFAULT)
    assert len(cases) > 3000 // PARTS


def test_a_case_without_a_window_is_an_empty_batch() -> None:
    windowless = [case for case in legal() if not oracle.windows(case, DEFAULT)]
    assert len(windowless) > 6
    for case in windowless:
        answer = oracle.answer(case, 0, DEFAULT)
        assert case.shape[0] == answer.y.shape[0] == 0
        assert answer.y.shape == oracle.output_shape(case.shape, case.pool)
        if np.dtype(answer.y.dtype).kind in "iub":
            assert answer.dx is None
        else:
            assert answer.dx is not None
            assert answer.dx.shape == case.shape


def test_what_is_not_legal_is_about_errors_or_a_word_with_an_empty_window() -> None:
    known = {one.id for one in legal()}
    for case in [one for name, one in listed("default").items() if name not in known]:
        clause = (
            case.id.rpartition(".")[0] if case.id.startswith("error.") else "error.empty-window"
        )
        assert case.id.startswith("error.") or case.pool.auto_pad in SAME_WORDS
        with pytest.raises(ValueError, match=re.escape(f"[{clause}]")):
            check_call(case.shape, case.pool)


def random_case(generator: np.random.Generator, number: int) -> Case:
    """Return a call of any rank whose parameters and values are drawn at random."""
    rank = int(generator.integers(1, 4))
    pool = Pool(
        tuple(int(k) for k in generator.integers(1, 4, rank)),
        tuple(int(s) for s in generator.integers(1, 4, rank)),
        tuple((int(begin), int(end)) for begin, end in generator.integers(0, 3, (rank, 2))),
        tuple(int(d) for d in generator.integers(1, 3, rank)),
        ceil_mode=bool(generator.integers(2)),
    )
    leading = generator.integers(1, 3, generator.integers(1, 3))
    shape = tuple(int(n) for n in (*leading, *generator.integers(1, 6, rank)))
    dtype = DTYPES[number % len(DTYPES)]
    values = np.array(VALUES if dtype_of(dtype).kind not in "iub" else (0, 1, 2))
    return Case(f"random.{number}", pool, shape, given(generator.choice(values, shape)), dtype)


def random_cases(dialect: Dialect) -> Iterator[Case]:
    """Yield calls that a dialect allows."""
    generator = np.random.default_rng(20)
    drawn = (random_case(generator, number) for number in itertools.count())
    allowed = (case for case in drawn if oracle.legal(case.shape, case.pool, dialect))
    return itertools.islice(allowed, RANDOM_CALLS)


@pytest.mark.parametrize("dialect", SPOKEN)
def test_the_oracles_agree_in_every_dialect(dialect: Dialect) -> None:
    for case in random_cases(dialect):
        if not oracle.windows(case, dialect):
            assert dialect.zero_size == "empty"
            assert oracle.compute(case, 0, dialect, loops=True).y.size == 0
            continue
        answer = agree(case, 1, dialect)
        assert answer.y.dtype == dtype_of(case.dtype)


def test_the_oracles_agree_where_switches_meet() -> None:
    """Switches are drawn together: a NaN rule and a tie rule may get in each other's way."""
    generator = np.random.default_rng(4)
    for number in range(MEETINGS):
        drawn = {
            name.replace("-", "_"): str(generator.choice(switch.values))
            for name, switch in switches().items()
        }
        case, dialect = random_case(generator, number), Dialect(**drawn)
        if oracle.legal(case.shape, case.pool, dialect) and oracle.windows(case, dialect):
            agree(case, 2, dialect)


@pytest.mark.parametrize("index", ["plane", "flat", "flat-column", "flat-channels-last"])
@pytest.mark.parametrize("index_type", ["int64", "int32"])
def test_the_oracles_name_winners_alike(index: str, index_type: str) -> None:
    dialect = Dialect(index=index, index_type=index_type, empty_window="identity")
    for case in random_cases(dialect):
        found = forward(case.x(0), case.pool, dialect)
        answer = oracle.compute(case, 0, dialect, loops=False)
        named = oracle.named(answer.plane_index, case.shape, case.pool.rank, dialect)
        require_same(indices(found, case.pool, dialect), named)


@pytest.mark.parametrize("rule", ["floor", "start-rule", "bare", "start-rule-if-padded"])
def test_windows_that_are_laid_are_as_many_as_the_formula_says(rule: str) -> None:
    dialect = DEFAULT if rule == "floor" else Dialect(ceil=rule)
    parameters = itertools.product(
        range(1, 10), range(1, 5), range(1, 6), range(4), range(4), (1, 2, 3)
    )
    compared = 0
    for n, k, s, begin, end, d in parameters:
        pads = (begin, end)
        formula = output_size(n, k, s, pads, d, rule != "floor", dialect)
        if n + sum(pads) >= (k - 1) * d + 1:  # a window fits
            assert witness.count_windows(n, k, s, pads, d, rule) == formula, (n, k, s, pads, d)
            compared += 1
        elif rule == "floor":
            assert witness.count_windows(n, k, s, pads, d, rule) == 0
            assert formula < 1
    assert compared > 5000


def broken(answer: oracle.Answer, name: str) -> Array:
    """Return one array of an answer with its first element changed."""
    array: Array = getattr(answer, name).copy()
    array.flat[0] += 1
    return array


def test_a_disagreement_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    case = listed("smoke")["mix.padded"]
    answer = oracle.compute(case, 0, DEFAULT, loops=True)
    for name in ("y", "plane_index", "contenders", "dy", "dx"):
        wrong = replace(answer, **{name: broken(answer, name)})
        monkeypatch.setattr(oracle, "_by_witness", lambda *_, wrong=wrong: wrong)
        with pytest.raises(AssertionError, match=f"mix.padded: {name}"):
            agree(case, 0, DEFAULT)


def test_an_answer_is_computed_once_and_a_shrunk_case_is_not_kept() -> None:
    case = listed("smoke")["mix.tiling"]
    assert oracle.answer(case, 0, DEFAULT) is oracle.answer(case, 0, DEFAULT)
    shrunk = case.of(case.x(0)[:1, :1])
    assert oracle.answer(shrunk, 0, DEFAULT) is not oracle.answer(shrunk, 0, DEFAULT)
    require_same(oracle.answer(shrunk, 0, DEFAULT).y, oracle.answer(case, 0, DEFAULT).y[:1, :1])
