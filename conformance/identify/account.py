"""What was found out about an implementation, as JSON values by identify.schema.json."""

from __future__ import annotations

from conformance.cases.case import Array
from conformance.clauses import switches
from conformance.findings import pool_json, shown, shown_argument
from conformance.identify.declarations import observed_words, relation, relation_words
from conformance.identify.examination import Portrait
from conformance.identify.named_dialects import Nearness, nearest
from conformance.identify.observation import Observation, Reply
from conformance.identify.probe import Probe
from conformance.identify.standing import Standing, Testimony
from conformance.identify.wording import probe_words, reply_words
from conformance.isolation.preflight import Passport
from conformance.verdict import Json
from reference.pool import Pool

READ = {
    "values": ("forward",),
    "indices": ("indices",),
    "index type": ("indices",),
    "gradient": ("backward",),
    "values and indices": ("forward", "indices"),
}


def identified(passport: Passport, portrait: Portrait) -> Json:
    """Return everything that was found out about an implementation."""
    found = portrait.standings
    return {
        "question": "identify",
        "implementation": who(passport),
        "calls": portrait.calls,
        "switches": [
            _switch(
                one,
                passport.dialect.get(name),
                keeps=portrait.keeps.get(name, True),
                documented=name not in passport.undocumented,
            )
            for name, one in found.items()
        ],
        "nearest": [_near(one) for one in nearest(found)],
    }


def who(passport: Passport) -> Json:
    """Return what an implementation says of itself."""
    return {
        "name": passport.name,
        "target": passport.address,
        "claims": list(passport.claims),
        "declared": dict(passport.dialect),
        "versions": dict(passport.versions),
    }


def _switch(found: Standing, declared: str | None, *, keeps: bool, documented: bool) -> Json:
    switch = switches()[found.switch]
    stands = {"keeps": keeps, "documented": documented}
    return {
        "switch": found.switch,
        "meaning": switch.meaning,
        "values": list(switch.values),
        "default": switch.default,
        "declared": declared,
        "status": found.status.value,
        "value": found.value or None,
        "observed": observed_words(found),
        "possible": list(found.possible),
        "relation": relation(found, declared, **stands).value,
        "words": relation_words(found, declared, **stands),
        "why": found.why,
        "calls": {
            "telling": found.telling,
            "alike": found.alike,
            "silent": found.silent,
            "not_claimed": found.unclaimed,
        },
        "agreeing": {name: count for name, count in found.says if name},
        "unexplained": dict(found.says).get("", 0),
        "sides": {name: list(sides) for name, sides in found.covered},
        "shown_by": [exhibit(one) for one in found.exhibits],
        "changes_with": [
            {"side": turn.side, "calls": [exhibit(turn.one), exhibit(turn.other)]}
            for turn in found.turns
        ],
    }


def exhibit(one: Testimony) -> Json:
    """Return a call and its answer, with what they say."""
    probe, seen = one.probe, one.observation
    return {
        "words": probe_words(probe),
        "pool": pool_json(probe.pool),
        "arguments": arguments(probe.x, probe.dy),
        "reads": probe.reads,
        "sides": dict(probe.sides),
        "answer": answer_words(probe, seen),
        "replies": replies(seen, probe.pool),
        "says": sorted(one.says),
    }


def arguments(x: Array, dy: Array | None) -> list[Json]:
    """Return what was handed over."""
    back = [] if dy is None else [shown_argument("dy", dy)]
    return [shown_argument("x", x), *back]


def answer_words(probe: Probe, seen: Observation) -> str:
    """Return what a probe reads of its answer, in a line."""
    names = {"forward": "y", "indices": "indices", "backward": "dx"}
    methods = READ[probe.reads] if seen.forward.answered else ("forward",)
    replied = [(names[one], getattr(seen, one)) for one in methods]
    words = [
        f"{name} = {reply_words(one, probe.pool.rank)}{_type(probe, one)}"
        if one.answered
        else reply_words(one, probe.pool.rank)
        for name, one in replied
        if one.kind != "not asked"
    ]
    return ", ".join(words)


def _type(probe: Probe, reply: Reply) -> str:
    return (
        f" {reply.array.dtype}" if probe.reads == "index type" and reply.array is not None else ""
    )


def replies(seen: Observation, pool: Pool) -> Json:
    """Return what each method came to: {kind, said, array}."""
    found = {"forward": seen.forward, "indices": seen.indices, "backward": seen.backward}
    return {
        name: {
            "kind": reply.kind.value,
            "words": reply_words(reply, pool.rank),
            "array": None if reply.array is None else shown(reply.array),
        }
        for name, reply in found.items()
    }


def _near(one: Nearness) -> Json:
    return {
        "name": one.dialect.name,
        "what": one.dialect.what,
        "agrees": list(one.agrees),
        "departs": [
            {
                "switch": each.switch,
                "observed": each.observed,
                "known": list(each.known.values),
                "source": each.known.source,
            }
            for each in one.departs
        ],
        "open": list(one.open),
        "known": {
            switch: {"values": list(entry.values), "source": entry.source}
            for switch, entry in one.dialect.entries.items()
        },
    }
