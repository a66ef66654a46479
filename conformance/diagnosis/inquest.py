"""After the checks: what is behind the findings, and a script for each of them.

Both are asked in processes that have imported the implementation and not called it yet:
`open_diagnosis` and `open_scripts` return what answers there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial

from conformance.calls import Bench
from conformance.contract import Implementation
from conformance.diagnosis.causes import LATER
from conformance.diagnosis.conversation import Overheard
from conformance.diagnosis.likeness import diagnose
from conformance.diagnosis.literals import LITERAL, NoScriptError
from conformance.diagnosis.script import reduced, write, write_call, write_threads
from conformance.diagnosis.steps import Step, Transcript, by_rule
from conformance.diagnosis.witnesses import seat, summoned
from conformance.findings import case_of
from conformance.isolation.flight import Silence
from conformance.nonconformance import NonconformanceError
from conformance.quiet import quiet
from conformance.registry import Target, forget_files, load
from conformance.verdict import Json, Verdict

LAWS = 24
"""So many laws are tried before a finding goes without a script."""


def open_diagnosis(target: Target, tier: str, seed: int) -> Callable[[Json], Json]:
    """Import an implementation; return what answers {records} with its diagnosis.

    Raises:
        UnusableError: it cannot be imported.
    """
    implementation = load(target)
    return lambda request: diagnose(implementation, request["records"], tier, seed)


def open_scripts(target: Target, tier: str, seed: int) -> Callable[[Json], Json]:
    """Import an implementation; return what answers {finding, records} with its script.

    Raises:
        UnusableError: it cannot be imported.
    """
    load(target)
    return lambda request: script_of(
        target, request["finding"], tier, seed, request.get("records", ())
    )


def anew(target: Target) -> Implementation:
    """Return an implementation as nobody has called it yet, where that can be had.

    A file is executed again; an instance is made again; a package stays as it is.
    """
    forget_files()
    return load(target)


def script_of(
    target: Target, found: Json, tier: str, seed: int, records: Sequence[Json] = ()
) -> Json:
    """Return the script of a finding, or why it has none: {script, no_script}.

    `records` are the accounts of the failed checks, as `diagnosis.diagnose` takes them: where
    the minimal case shows nothing by itself, other cases of the clause may.
    """
    implementation = load(target)
    title = found["id"], found["sentence"]
    try:
        if found["verdict"] != Verdict.FAIL:
            return {"script": _of_an_end(title, implementation, found), "no_script": ""}
        with quiet():
            text = _script(target, found, (tier, seed), records)
    except NoScriptError as why:
        return {"script": "", "no_script": str(why)}
    return {"script": text, "no_script": ""}


def _of_an_end(title: tuple[str, str], implementation: Implementation, found: Json) -> str:
    """Return the script of a call that ended its process, or took too long; nothing is called.

    Raises:
        NoScriptError: the input is not known.
    """
    case = case_of(found)
    if case is None:
        message = "the input of the call that ended the process is not known, or it is large"
        raise NoScriptError(message)
    return write_call(title, implementation, case.x(0), case.pool)


def _script(target: Target, found: Json, terms: tuple[str, int], records: Sequence[Json]) -> str:
    """Return the script of what breaks a clause, on the minimal case or else on another.

    Raises:
        NoScriptError: none shows anything by itself, or all are too long.
    """
    implementation, title = load(target), (found["id"], found["sentence"])
    bench = Bench(implementation, Silence(), call_limit=20.0)
    bench.check = f"{target.name}\tscript\t{found['clause']}"
    crowded, why = False, LATER
    for law in itertools.islice(_laws(bench, found, terms, records), LAWS):
        seat(bench, anew(target).subject)
        steps, is_crowded = _overheard(bench, law)
        crowded = crowded or is_crowded
        try:
            text = _written(target, implementation, title, steps)
        except NoScriptError as error:
            why = str(error)
            continue
        if text:
            return text
    if crowded:
        return write_threads(title, implementation)
    raise NoScriptError(why)


def _laws(
    bench: Bench, found: Json, terms: tuple[str, int], records: Sequence[Json]
) -> Iterator[Callable[[], None]]:
    """Yield what may show the finding: its case, the one it was made small from, and others."""
    own = {"clause": found["clause"], "check": found["check"], "passing": []}
    own["failing"] = [found["case"].partition(":")[0]]
    summons = [one for _, one in summoned(bench, own, *terms)]
    case = case_of(found) if ":" in found["case"] else None
    if case is not None:
        yield from (partial(one.apply, law, case) for one in summons for law in one.general)
    for record in (own, *(one for one in records if one["clause"] == found["clause"])):
        for _, one in summoned(bench, record, *terms):
            for several in one.laws.values():
                yield from several


def _written(
    target: Target, implementation: Implementation, title: tuple[str, str], steps: Sequence[Step]
) -> str:
    """Return the script of steps, if they show something wrong; else nothing.

    Raises:
        NoScriptError: they cannot be written down shortly.
    """
    less = reduced(steps, lambda: anew(target)) if steps else None
    if less is None:
        return ""
    try:
        return write(title, implementation, *less)
    except NoScriptError:
        again = reduced(by_rule(less[0], LITERAL), lambda: anew(target))
        if again is None:
            raise
        return write(title, implementation, *again)


def _overheard(bench: Bench, law: Callable[[], None]) -> tuple[list[Step], bool]:
    """Return the steps of a law, whether it holds or not, and whether threads made some."""
    transcript, subject = Transcript(), bench.implementation.subject
    overheard = Overheard(subject, transcript)
    seat(bench, overheard)
    try:
        with suppress(NonconformanceError):
            law()
    except Exception:  # noqa: BLE001 - a law that was not made for this input shows nothing
        return [], False
    finally:
        seat(bench, subject)
    return transcript.steps, overheard.crowded
