"""Result files read back: whole and of this format, or refused in one line."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from conformance.report.untrusted import line
from conformance.verdict import Json

LARGEST = 256 * 1024 * 1024
"""Bytes; the result of 50 implementations has about a twentieth of that."""


class ResultFileError(Exception):
    """A result file cannot be used; the message is one line that names file and place."""


def read_result(path: str | Path) -> Json:
    """Return what `poolproof run --json` wrote.

    Raises:
        ResultFileError: the file is missing, too large, not JSON, or not such a result.
    """
    try:
        values = json.loads(_text(Path(path)), parse_constant=_no_constant)
    except (OSError, UnicodeDecodeError) as error:
        raise _problem(path, str(getattr(error, "strerror", None) or error)) from error
    except RecursionError as error:
        raise _problem(path, "its values are nested too deeply") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _problem(path, f"not JSON, or cut off: {error.msg} at {place}") from error
    except ValueError as error:
        raise _problem(path, f"not JSON: {error}") from error
    _require_format(path, values)
    found: Json = values
    return found


def _text(path: Path) -> str:
    if path.is_file() and path.stat().st_size > LARGEST:
        message = f"larger than {LARGEST // 2**20} MiB, which no result is"
        raise OSError(message)
    return path.read_text("utf-8")


def _no_constant(name: str) -> float:
    message = f"{name} is no JSON number"
    raise ValueError(message)


def _require_format(path: str | Path, values: Any) -> None:  # noqa: ANN401 - any JSON
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(schema()).iter_errors(values))
    if error is None:
        return
    version = values.get("poolproof") if isinstance(values, dict) else None
    said = f" (written by Poolproof {version})" if isinstance(version, str) else ""
    place = "".join(f"[{part!r}]" for part in error.absolute_path) or "the whole"
    raise _problem(path, f"not a result of this format{said}: {place}: {error.message}")


def schema() -> Json:
    """Return the JSON Schema of result files."""
    text = resources.files("conformance.report").joinpath("report.schema.json").read_text("utf-8")
    found: Json = json.loads(text)
    return found


def _problem(path: str | Path, text: str) -> ResultFileError:
    return ResultFileError(f"{line(path)}: {line(text)}")
