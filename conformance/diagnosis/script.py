"""A finding as a short script of its own: it needs NumPy and the implementation, nothing else."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from conformance.cases.case import Array
from conformance.contract import Implementation
from conformance.diagnosis.fault import Fault, perform
from conformance.diagnosis.literals import (
    LITERAL,
    NoScriptError,
    Text,
    array_literal,
    given_lines,
    is_floating,
    numbers,
    pool_literal,
    pool_name,
)
from conformance.diagnosis.steps import Call, Edit, Step, calls
from conformance.registry import split
from reference.pool import Pool

LINES = 30
"""A script that would be longer is not written."""
PATIENCE = 60
"""Seconds after which a script of a call that does not end gives up."""
THREADS = """
    inputs = [np.roll(np.arange(1536.0).reshape(2, 3, 16, 16), 7 * n, 3) for n in range(4)]
    def results(x):
        y, saved = implementation.forward(x.copy(), pool)
        return RESULTS
    alone = [[one.copy() for one in results(x)] for x in inputs]
    sys.setswitchinterval(1e-6)
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        for _ in range(500):
            for expected, got in zip(alone, threads.map(results, inputs)):
                if not all(map(np.array_equal, expected, got)):
                    sys.exit("calls from four threads give other results than calls made alone")
"""
FIELDS = "kernel_size stride padding dilation ceil_mode auto_pad rank"


def reduced(
    steps: Sequence[Step], anew: Callable[[], Implementation]
) -> tuple[Sequence[Step], Fault] | None:
    """Return the fewest of the steps that still show something wrong, and what that is.

    `anew` gives the implementation as if it had not been called before.
    """
    whole = perform(anew(), steps)
    if whole is None:
        return None
    upto = steps[: whole.at + 1]
    for fewer in _fewer(upto):
        fault = perform(anew(), fewer)
        if fault is not None and fault.kind == whole.kind:
            return fewer, fault
    return upto, whole


def _fewer(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Yield the last call alone, then with one earlier call or edit; each with its forward."""
    last = steps[-1]
    if not isinstance(last, Call):
        return
    yield _closed(steps, {len(steps) - 1})
    for other in range(len(steps) - 2, -1, -1):
        yield _closed(steps, {other, len(steps) - 1})


def _closed(steps: Sequence[Step], wanted: set[int]) -> list[Step]:
    """Return the wanted steps and what they cannot do without."""
    made: dict[str, int] = {}
    forwards: dict[int, int] = {}
    for place, step in enumerate(steps):
        if isinstance(step, Call):
            made |= {step.result: place}
            made |= {step.name: place} if step.given is not None else {}
            forwards |= {step.number: place} if step.method == "forward" else {}
    found: set[int] = set()
    todo = list(wanted)
    while todo:
        place = todo.pop()
        if place in found:
            continue
        found.add(place)
        step = steps[place]
        needs = [made.get(step.name)] + ([forwards.get(step.of)] if isinstance(step, Call) else [])
        todo += [one for one in needs if one is not None]
    return [steps[place] for place in sorted(found)]


def write(
    title: tuple[str, str], implementation: Implementation, steps: Sequence[Step], fault: Fault
) -> str:
    """Return the script that makes the steps and looks for the fault.

    `title` is the id of the finding and the sentence of its clause.

    Raises:
        NoScriptError: it would be too long, or an array cannot be written down.
    """
    text = Text(implementation)
    last = len(steps) - 1 if fault.kind == "shared" else fault.at
    for place, step in enumerate(steps[: last + 1]):
        if isinstance(step, Edit):
            if step.name in fault.locked:
                text.lines.append(f"{step.name}.flags.writeable = True  # a call had locked it")
            text.lines.append(f"{step.name}[...] = {array_literal(text, step.values)}")
        else:
            text.lines += _call(text, step, fault if place == fault.at else None)
    text.lines += _verdict(text, steps, fault)
    whole = [*_head(*title, text), *text.lines]
    if len(whole) > LINES:
        message = f"it takes {len(list(calls(steps)))} calls to show, too many for a short script"
        raise NoScriptError(message)
    return "\n".join(whole) + "\n"


def write_threads(title: tuple[str, str], implementation: Implementation) -> str:
    """Return a script that makes calls from four threads and compares with calls made alone."""
    text = Text(implementation)
    text.modules |= {"concurrent.futures"}
    text.pools[Pool.of(2)] = "pool"
    claims = implementation.claims
    results = ["y"]
    results += ["implementation.indices(saved)"] if "indices" in claims else []
    results += ["implementation.backward(np.ones_like(y), saved)"] if "gradient" in claims else []
    body = THREADS.replace("RESULTS", f"[{', '.join(results)}]")
    text.lines += textwrap.dedent(body).strip().splitlines()
    return "\n".join([*_head(*title, text), *text.lines]) + "\n"


def write_call(title: tuple[str, str], implementation: Implementation, x: Array, pool: Pool) -> str:
    """Return a script that makes the calls which ended a process, or took too long.

    Raises:
        NoScriptError: the input is too large.
    """
    text = Text(implementation)
    text.modules |= {"faulthandler"}
    text.lines.append(f"x = {array_literal(text, x)}")
    text.lines.append(f"faulthandler.dump_traceback_later({PATIENCE}, exit=True)")
    text.lines += ["try:", f"    y, saved = implementation.forward(x, {pool_name(text, pool)})"]
    if not implementation.lacking(x.shape, x.dtype.name, pool, "indices"):
        text.lines.append("    implementation.indices(saved)")
    offered = not implementation.lacking(x.shape, x.dtype.name, pool, "gradient")
    if offered and is_floating(x):
        text.lines.append("    implementation.backward(np.ones_like(y), saved)")
    text.lines += ["except Exception as error:", '    print(f"refused: {error!r}")']
    text.lines.append('print("every call came back")')
    return "\n".join([*_head(*title, text), *text.lines]) + "\n"


def _head(found_id: str, sentence: str, text: Text) -> Iterable[str]:
    wrapped = textwrap.wrap(sentence.replace("\\", "/"), 92)
    bound = _implementation(text)
    modules = sorted({"sys", "dataclasses", *text.modules})
    yield f'"""{found_id}: {wrapped[0]}'
    yield from wrapped[1:]
    yield ""
    yield 'Ends with status 1 and says so while the fault is there; with 0 once it is mended.\n"""'
    yield f"import {', '.join(modules)}"
    if "ml_dtypes" in text.names:
        yield "import ml_dtypes  # gives NumPy the type bfloat16"
    yield "import numpy as np"
    special = sorted(text.names - {"ml_dtypes"})
    if special:
        yield f"from numpy import {', '.join(special)}"
    yield from bound
    yield f'Pool = dataclasses.make_dataclass("Pool", "{FIELDS}".split(), frozen=True)'
    for pool, name in text.pools.items():
        yield f"{name} = {pool_literal(pool)}"


def _implementation(text: Text) -> list[str]:
    """Return the lines that fetch the implementation from where it was judged."""
    place, attribute = split(text.implementation.target)
    dotted = f".{attribute}" if attribute else ""
    if place.endswith(".py"):
        text.modules |= {"runpy", "types"}
        lines = [f"sys.path.append({str(Path(place).parent)!r})"]
        fetched = f"types.SimpleNamespace(**runpy.run_path({place!r})){dotted}"
    else:
        text.modules.add("importlib")
        shipped = place.startswith("implementations.")
        lines = [] if shipped else [f"sys.path.append({str(Path.cwd())!r})"]
        fetched = f"importlib.import_module({place!r}){dotted}"
    if attribute and not attribute.isidentifier() and "." not in attribute:
        fetched = f"getattr({fetched.removesuffix(dotted)}, {attribute!r})"
    made = "()" if text.implementation.is_instance else ""
    return [*lines, f"implementation = {fetched}{made}"]


def _call(text: Text, step: Call, fault: Fault | None) -> Iterator[str]:
    if step.given is not None:
        yield from given_lines(text, step.name, step.given)
    if fault is not None and fault.kind == "written" and fault.names[0] == step.name:
        yield f"before = {step.name}.copy()"
    if fault is not None and fault.kind == "rewritten":
        yield f"before = {fault.names[0]}.copy()"
    if fault is not None and fault.kind in ("accepted", "refusal"):
        yield from _refused(text, step, fault)
        return
    call = _expression(text, step)
    if fault is None or fault.kind == "shared":
        yield call
        return
    yield from ("try:", f"    {call}", "except Exception as error:")
    if fault.kind == "written" and fault.kinds:
        yield "    pass"
        return
    yield f'    sys.exit(f"{step.method} raised {{error!r}}, and the call is legal")'


def _expression(text: Text, step: Call) -> str:
    if step.method == "forward":
        pool = pool_name(text, step.pool) if step.pool is not None else "None"
        return f"{step.result}, saved{step.number} = implementation.forward({step.name}, {pool})"
    if step.method == "indices":
        return f"{step.result} = implementation.indices(saved{step.of})"
    return f"{step.result} = implementation.backward({step.name}, saved{step.of})"


def _refused(text: Text, step: Call, fault: Fault) -> Iterator[str]:
    call = _expression(text, step).partition(" = ")[2]
    kinds = [kind.__name__ for kind in dict.fromkeys(fault.kinds)]
    builtin = [name for name in kinds if name in ("ValueError", "TypeError", "NotImplementedError")]
    own = "" if len(builtin) == len(kinds) else ", *implementation.refusals"
    own += "()" if own and callable(text.implementation.subject.refusals) else ""
    yield from ("try:", f"    {call}")
    yield f"except ({', '.join(builtin)}{own}):"
    yield "    sys.exit(0)  # refused, as it should be"
    yield "except Exception as error:"
    yield '    sys.exit(f"the call is not refused but ends in {error!r}")'
    yield f'sys.exit("the call was answered; it is to be refused with {" or ".join(builtin)}")'


def _verdict(text: Text, steps: Sequence[Step], fault: Fault) -> Iterator[str]:
    """Yield the lines that compare, and leave with status 1 where the fault is there."""
    if fault.kind == "written":
        yield f"if {fault.names[0]}.tobytes() != before.tobytes():"
        yield f'    sys.exit("the call wrote into {fault.names[0]}")'
    elif fault.kind == "rewritten":
        yield f"if {fault.names[0]}.tobytes() != before.tobytes():"
        yield f'    sys.exit("a later call changed {fault.names[0]}")'
    elif fault.kind == "shared":
        one, other = fault.names
        yield f"if np.shares_memory({one}, {other}):"
        yield f'    sys.exit("{one} shares memory with {other}")'
    elif fault.kind == "sign":
        name, signs = _name(steps, fault), list(fault.places)
        sign = np.signbit(fault.expected[0].ravel()[signs].astype(np.float64)).tolist()
        yield f"if np.signbit({name}.ravel()[{signs}]).tolist() != {sign}:"
        yield f'    sys.exit(f"a zero has the wrong sign: {{{name}.tolist()}}")'
    elif fault.kind == "answer":
        yield from _compared(text, _name(steps, fault), fault)


def _name(steps: Sequence[Step], fault: Fault) -> str:
    step = steps[fault.at]
    assert isinstance(step, Call)  # noqa: S101 - a fault of an answer is found at a call
    return step.result


def _compared(text: Text, name: str, fault: Fault) -> Iterator[str]:
    first = fault.expected[0]
    form = f"isinstance({name}, np.ndarray) and {name}.shape == {first.shape}"
    form += f' and {name}.dtype.name == "{first.dtype.name}"'
    if first.size > LITERAL:
        yield from _at_places(text, name, fault, form)
        return
    nan = "" if first.dtype.kind in "iub" else ", equal_nan=True"
    several = len(fault.expected) > 1
    wanted = ", ".join(array_literal(text, one) for one in fault.expected)
    yield f"expected = [{wanted}]  # each is right" if several else f"expected = {wanted}"
    yield f"if not ({form}):"
    yield from _other_form(name, first)
    if several:
        yield f"if not any(np.array_equal({name}, one{nan}) for one in expected):"
    else:
        yield f"if not np.array_equal({name}, expected{nan}):"
    listed = "[one.tolist() for one in expected]" if several else "expected.tolist()"
    yield f'    sys.exit(f"expected {{{listed}}}, got {{{name}.tolist()}}")'


def _other_form(name: str, expected: Array) -> Iterator[str]:
    wanted = f"{expected.dtype.name} of shape {expected.shape}"
    got = f"{{np.asarray({name}).dtype}} of shape {{np.shape({name})}}"
    yield f'    sys.exit(f"expected {wanted}, got {got}")'


def _at_places(text: Text, name: str, fault: Fault, form: str) -> Iterator[str]:
    """Compare some elements of a large result, where they differ."""
    first, got = fault.expected[0], fault.got
    yield f"if not ({form}):"
    yield from _other_form(name, first)
    if not isinstance(got, np.ndarray) or got.shape != first.shape:
        return
    if len(fault.expected) > 1:
        message = "the result is large, and several are right"
        raise NoScriptError(message)
    one, other = first.ravel(), got.ravel()
    nan = (one != one) & (other != other)  # noqa: PLR0124 - NaN
    differ = [int(i) for i in np.flatnonzero((one != other) & ~nan)][:8]
    equal_nan = "" if first.dtype.kind in "iub" else ", equal_nan=True"
    yield f"expected = {numbers(text, one[differ])}  # at some of the places that differ"
    yield f"if not np.array_equal({name}.ravel()[{differ}], expected{equal_nan}):"
    yield f'    sys.exit(f"expected {{expected}}, got {{{name}.ravel()[{differ}].tolist()}}")'
