"""Result files read back: whole, of this format and in agreement, or refused in one line."""

from __future__ import annotations

import json
import math
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.report.consistency import contradiction
from conformance.report.untrusted import line
from conformance.verdict import FORMAT, Json

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

LARGEST = 64 * 1024 * 1024
"""Bytes; the result of 50 implementations that break much has about a tenth of that."""
DIGITS = 40
"""Of a whole number; the largest that a call is made with has half of that."""


class ResultFileError(Exception):
    """A result file cannot be used; the message is one line that names file and place."""


def read_result(path: str | Path) -> Json:
    """Return what `poolproof run --json` or `poolproof report --json` wrote.

    Raises:
        ResultFileError: the file is missing, too large, not JSON, not such a result, or does
            not agree with itself.
    """
    try:
        values = json.loads(
            _text(Path(path)),
            parse_constant=_no_constant,
            parse_float=_number,
            parse_int=_whole_number,
            object_pairs_hook=_object,
        )
    except (OSError, UnicodeDecodeError) as error:
        raise _problem(path, str(getattr(error, "strerror", None) or error)) from error
    except RecursionError as error:
        raise _problem(path, "its values are nested too deeply") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _problem(path, f"not JSON, or cut off: {error.msg} at {place}") from error
    except ValueError as error:
        raise _problem(path, f"not JSON that a result has: {error}") from error
    problem = _other_version(values) or _misfit(values) or contradiction(values)
    if problem:
        raise _problem(path, problem)
    found: Json = values
    return found


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        message = f"larger than {LARGEST // 2**20} MiB, which no result is"
        raise OSError(message)
    return data.decode("utf-8")


def _no_constant(name: str) -> float:
    message = f"{name} is no JSON number"
    raise ValueError(message)


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        message = f"the number {line(text, DIGITS)} is too large"
        raise ValueError(message)
    return number


def _whole_number(text: str) -> int:
    if len(text) > DIGITS:
        message = f"the number {line(text, DIGITS)} is too large"
        raise ValueError(message)
    return int(text)


def _object(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        message = f"one object has {twice!r} twice"
        raise ValueError(message)
    return found


def _other_version(values: Any) -> str:  # noqa: ANN401 - any JSON
    if not isinstance(values, dict) or not isinstance(values.get("poolproof"), str):
        return ""
    form = values.get("format")
    if form == FORMAT:
        return ""
    ours = f"this Poolproof {metadata.version('poolproof')} reads format {FORMAT}"
    said = "no format" if form is None else f"format {line(form, DIGITS)}"
    return f"a result of {said}, written by Poolproof {values['poolproof']}; {ours}"


def _misfit(values: Any) -> str:  # noqa: ANN401 - any JSON
    said = misfit(values, _validator())
    return f"not a result of this format: {said}" if said else ""


def misfit(values: Any, validator: Draft202012Validator) -> str:  # noqa: ANN401 - any JSON
    """Return the outermost place where values are not as a schema asks, and why; empty if none."""
    try:
        errors = list(validator.iter_errors(values))
    except UnicodeEncodeError:  # half of a surrogate pair, which an implementation may have said
        errors = list(validator.iter_errors(_encodable(values)))
    if not errors:
        return ""
    error = min(errors, key=lambda one: len(one.instance_path))
    place = "".join(f"[{part!r}]" for part in error.instance_path) or "the whole"
    return f"{place}: {error.message}"


def _encodable(values: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return values with every text as UTF-8 can hold it."""
    if isinstance(values, str):
        return values.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(values, list):
        return [_encodable(one) for one in values]
    if isinstance(values, dict):
        return {_encodable(name): _encodable(one) for name, one in values.items()}
    return values


@cache
def _validator() -> Draft202012Validator:
    from jsonschema_rs import Draft202012Validator

    return Draft202012Validator(schema())


def schema() -> Json:
    """Return the JSON Schema of result files."""
    text = resources.files("conformance.report").joinpath("report.schema.json").read_text("utf-8")
    found: Json = json.loads(text)
    return found


def _problem(path: str | Path, text: str) -> ResultFileError:
    return ResultFileError(f"{line(path)}: {line(text)}")
