"""`poolproof diff`: what changed from one result file to another."""

from __future__ import annotations

import argparse
import json
import sys

from conformance.report.difference import difference, difference_markdown, difference_text
from conformance.report.reading import ResultFileError, read_result

UNUSABLE = 2


def diff_command(options: argparse.Namespace) -> int:
    """Print what changed; return 1 where something got worse."""
    try:
        found = difference(read_result(options.old), read_result(options.new))
    except ResultFileError as error:
        print(f"poolproof: {error}", file=sys.stderr)
        return UNUSABLE
    if options.format == "json":
        print(json.dumps(found.to_json(), indent=1))
    else:
        shown = difference_markdown if options.format == "markdown" else difference_text
        print(shown(found), end="")
    return 1 if found.regressed else 0
