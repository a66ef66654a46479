"""Every probe of every switch."""

from __future__ import annotations

from conformance.identify.borders import AXES, border_probes
from conformance.identify.contents import content_probes
from conformance.identify.probe import Probe

REFUSALS = frozenset(AXES)
"""Switches about which a refusal says as much as an answer."""


def probes_of(switch: str) -> tuple[Probe, ...]:
    """Return the probes of a switch, each from a side of its own."""
    return border_probes(switch) if switch in REFUSALS else content_probes(switch)
