"""JUnit XML: a test suite per implementation, a test case per clause."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree as ET

from conformance.report import untrusted
from conformance.report.digest import clauses_of, count, reproduce, verdict_of
from conformance.report.planes import comparison
from conformance.verdict import Json, Verdict


def render_junit(run: Json) -> str:
    """Return a run as JUnit XML.

    `fail` is a failure, `crash` and `hang` are errors, `unclaimed` and `not run` are
    skipped with the reason.
    """
    suites = [_suite(run, implementation) for implementation in run["implementations"]]
    root = ET.Element("testsuites", name="poolproof", time=f"{run['seconds']:.3f}")
    for total in ("tests", "failures", "errors", "skipped"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in suites)))
    root.extend(suites)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(run: Json, implementation: Json) -> ET.Element:
    counts = count(implementation, clauses_of(run))
    suite = ET.Element(
        "testsuite",
        _totals(counts),
        name=untrusted.line(implementation["name"]),
        timestamp=untrusted.line(run["started"]),
        time=f"{implementation['seconds']:.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    for key, value in _properties(run, implementation).items():
        name = untrusted.line(key, untrusted.NAME)
        ET.SubElement(properties, "property", name=name, value=untrusted.line(value))
    told = (*implementation["findings"], *implementation["covered"])
    findings = {finding["clause"]: finding for finding in told}
    for clause in clauses_of(run):
        suite.append(_case(clause, implementation, findings.get(clause["name"])))
    return suite


def _totals(counts: Counter[str]) -> dict[str, str]:
    return {
        "tests": str(counts.total()),
        "failures": str(counts[Verdict.FAIL]),
        "errors": str(counts[Verdict.CRASH] + counts[Verdict.HANG]),
        "skipped": str(counts[Verdict.UNCLAIMED] + counts[Verdict.NOT_RUN]),
    }


def _properties(run: Json, implementation: Json) -> dict[str, object]:
    return {
        "poolproof": run["poolproof"],
        "specification": run["specification"]["version"],
        "tier": run["tier"],
        "seed": run["seed"],
        "target": implementation["target"],
        "conforms": str(implementation["conforms"]).lower(),
        "level": implementation["level"],
        "claims": " ".join(implementation["claims"]),
        **{f"dialect.{name}": value for name, value in implementation["dialect"].items()},
        **{f"version.{name}": value for name, value in implementation["versions"].items()},
    }


def _case(clause: Json, implementation: Json, finding: Json | None) -> ET.Element:
    verdict = verdict_of(implementation, clause["name"])
    result = implementation["clauses"].get(clause["name"], {})
    seconds = f"{result.get('seconds', 0):.3f}"
    case = ET.Element("testcase", classname=clause["group"], name=clause["name"], time=seconds)
    if verdict in (Verdict.UNCLAIMED, Verdict.NOT_RUN):
        reason = result.get("reason") or "no reason is given"
        ET.SubElement(case, "skipped", message=untrusted.line(f"{verdict}: {reason}"))
    elif verdict != Verdict.PASS:
        kind = "failure" if verdict == Verdict.FAIL else "error"
        broken = ET.SubElement(case, kind, type=verdict, message=_message(clause, finding))
        broken.text = _body(clause, finding)
    return case


def _message(clause: Json, finding: Json | None) -> str:
    got = f" got {finding['got']['text']}" if finding else ""
    return untrusted.line(f"{clause['sentence']}{got}")


def _body(clause: Json, finding: Json | None) -> str:
    if finding is None:
        return f"{clause['sentence']}\npoolproof explain {clause['name']}"
    expected, got = finding["expected"], finding["got"]
    parts = [
        ("", clause["sentence"]),
        ("call: ", finding["call"]),
        ("expected: ", expected["text"]),
        ("got: ", got["text"]),
        ("differs: ", comparison(expected["data"], got["data"])),
        ("note: ", finding["note"]),
        ("case: ", finding["case"]),
        ("again: ", reproduce(finding)),
    ]
    return "\n".join(f"{word}{untrusted.passage(text)}" for word, text in parts if text)
