"""A bench as JSON: medians, spread, and what follows from them."""

from __future__ import annotations

import math
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

import numpy as np

from conformance.bench.growth import Growth
from conformance.bench.layers import ITEM
from conformance.bench.rounds import OK, Row, Terms
from conformance.bench.stopwatch import COPY, limits
from conformance.verdict import Json

SCHEMA = 1


def summary(
    races: Sequence[Sequence[Row]],
    growth: Sequence[Growth],
    terms: Terms,
    versions: Mapping[str, Mapping[str, str]],
) -> Json:
    """Return everything that is known about a bench."""
    return {
        "poolproof": metadata.version("poolproof"),
        "schema": SCHEMA,
        "environment": environment(terms.threads),
        "terms": asdict(terms),
        "versions": {name: dict(found) for name, found in versions.items()},
        "rows": [entry for rows in races for entry in _entries(rows)],
        "growth": [asdict(one) for one in growth],
    }


def environment(threads: int) -> Json:
    """Return what times depend on: the machine, the versions and the threads."""
    load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "threads": threads,
        "limited by": limits(threads),
        "load": load,
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return platform.processor()
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1] if found else platform.processor()


def _entries(rows: Sequence[Row]) -> list[Json]:
    copy = next((row for row in rows if row.implementation == COPY.name), None)
    of_copy = float(np.median(copy.seconds)) if copy and copy.status == OK else None
    return [_entry(row, of_copy) for row in rows]


def _entry(row: Row, copy: float | None) -> Json:
    layer, pool = row.layer, row.layer.pool
    entry: Json = {
        "layer": layer.name,
        "shape": list(layer.shape),
        "pool": {name: getattr(pool, name) for name in pool.__dataclass_fields__},
        "windows": layer.windows,
        "work": "forward+backward" if row.backward else "forward",
        "implementation": row.implementation,
        "status": row.status,
        "note": row.note,
    }
    if row.status != OK:
        return entry
    seconds = np.array(row.seconds)
    median, (low, high) = float(np.median(seconds)), np.quantile(seconds, (0.25, 0.75))
    size = ITEM * math.prod(layer.shape)
    is_copy = row.implementation == COPY.name
    moved = 2 * size if is_copy else layer.moved(backward=row.backward)
    return entry | {
        "seconds": [float(one) for one in seconds],
        "median": median,
        "low": float(low),
        "high": float(high),
        "spread": float(high - low) / median,
        "copies": median / copy if copy else None,
        "windows per second": None if is_copy else layer.windows / median,
        "GB/s": moved / median / 1e9,
        "of roofline": moved / median / (2 * size / copy) if copy else None,
        "peak": row.peak / size if row.peak is not None else None,
    }
