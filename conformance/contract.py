"""What an implementation is, and what makes one unusable."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from numbers import Real
from typing import Any

from conformance.clauses import UnknownNameError, features, switches
from conformance.features import BASE_WORDS, METHODS, needed, words
from conformance.misspelt import misspelt
from conformance.places import portable
from reference.dialect import Dialect
from reference.pool import Pool


class UnusableError(Exception):
    """An implementation cannot be judged at all; the message is one line."""


ERRORS: tuple[type[BaseException], ...] = (ValueError, TypeError)
_PLACED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
LONGEST_CALL = 600.0
"""Seconds; who needs more for a call is not judged in one sitting."""


class SuiteError(Exception):
    """The suite itself failed; the message says how."""


@dataclass(frozen=True, slots=True)
class Implementation:
    """An object under judgement, with what it claims and declares."""

    name: str
    target: str
    subject: Any
    claims: frozenset[str]
    declared: Mapping[str, str]
    dialect: Dialect
    refuses: Callable[[], tuple[type[BaseException], ...]]
    """Returns `refusals`; a framework may have to be imported for it, and so it is asked late."""
    lacks: tuple[frozenset[str], ...] = ()
    """What it does not offer together, or not at all though the base holds it."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Where its documentation says so, by switch or feature."""
    undocumented: tuple[str, ...] = ()
    """Switches on which its documentation is silent."""
    call_limit: float = 0.0
    """Seconds that any call of it may take, because what is met for the first time is compiled."""
    is_instance: bool = False
    """Whether the target names a class, of which this is an instance."""

    @property
    def refusals(self) -> tuple[type[BaseException], ...]:
        """Return what it may raise for an invalid call, besides ValueError and TypeError.

        Raises:
            UnusableError: its own function for them fails, or names what is no such type.
        """
        return self.refuses()

    @property
    def errors(self) -> tuple[type[BaseException], ...]:
        """Return what an invalid call may raise; raises what `refusals` does."""
        return (*ERRORS, *self.refuses())

    @property
    def every_refusal(self) -> tuple[type[BaseException], ...]:
        """Return what a call that is refused may raise, for whatever reason; raises the same."""
        return (*ERRORS, NotImplementedError, *self.refuses())

    def lacking(
        self, shape: tuple[int, ...], dtype: str, pool: Pool, *calls: str
    ) -> frozenset[str]:
        """Return why a call, `gradient` or `indices` is not offered; nothing where it is.

        Features that are not claimed, or the words of one entry of `lacks`.
        """
        absent = (needed(shape, dtype, pool) | set(calls)) - self.claims
        if absent or not self.lacks:
            return absent
        asked = words(shape, dtype, pool) | set(calls)
        return next((lack for lack in self.lacks if lack <= asked), frozenset())


def adopt(subject: object, name: str, target: str) -> Implementation:
    """Return `subject` as an implementation.

    Raises:
        UnusableError: a name is missing, or a claim, switch or value is unknown.
    """
    try:
        return _adopted(subject, name, target)
    except UnusableError:
        raise
    except BaseException as error:
        message = f"{name}: cannot be read as an implementation: {one_line(error)}"
        raise UnusableError(message) from error


def _adopted(subject: object, name: str, target: str) -> Implementation:
    given, subject = subject, _instance(subject, name)
    _refuse_misspelt(subject, name)
    for attribute in ("forward", *_claimed_calls(subject, name)):
        if not callable(_read(subject, name, attribute, None)):
            hint = "; a function alone is not enough, see `The contract` in README.md"
            found = hint if inspect.isfunction(subject) else ""
            message = f"{name}: has no callable {attribute!r}{found}"
            raise UnusableError(message)
    declared, sources = _declared(subject, name), _sources(subject, name)
    return Implementation(
        name=name,
        target=target,
        subject=subject,
        claims=_claims(subject, name),
        declared=declared,
        dialect=Dialect(**{switch.replace("-", "_"): value for switch, value in declared.items()}),
        refuses=_refuses(subject, name),
        lacks=_lacks(subject, name),
        sources=sources,
        undocumented=_undocumented(subject, name, declared, sources),
        call_limit=_call_limit(subject, name),
        is_instance=subject is not given,
    )


def _refuse_misspelt(subject: object, name: str) -> None:
    missing = object()
    for attribute in ("claims", "dialect"):
        is_missing = _read(subject, name, attribute, missing) is missing
        if is_missing and (found := misspelt(subject, attribute)):
            message = f"{name}: {found} is not read; did you mean {attribute}?"
            raise UnusableError(message)


def _read(subject: object, name: str, attribute: str, default: Any) -> Any:  # noqa: ANN401
    """Return an attribute of foreign code, which may do anything when it is read."""
    try:
        return getattr(subject, attribute, default)
    except BaseException as error:
        message = f"{name}: {attribute} cannot be read: {one_line(error)}"
        raise UnusableError(message) from error


def _instance(subject: object, name: str) -> object:
    """Return an instance of a class whose forward needs one, anything else as it is."""
    if not inspect.isclass(subject):
        return subject
    called = callable(_read(subject, name, "forward", None))
    if called and not any(_is_method(subject, call) for call in ("forward", *METHODS.values())):
        return subject  # a class of static or class methods is a namespace
    try:
        return subject()
    except BaseException as error:
        message = f"{name}: {subject.__name__}() cannot be made: {one_line(error)}"
        raise UnusableError(message) from error


def _is_method(subject: type, call: str) -> bool:
    """Return whether a call of a class is handed an instance first, compiled or decorated too."""
    found = inspect.getattr_static(subject, call, None)
    if isinstance(found, (staticmethod, classmethod)) or not hasattr(found, "__get__"):
        return False
    try:
        parameters = list(inspect.signature(found).parameters.values())
    except (TypeError, ValueError):  # it cannot be called, or does not tell
        return True
    takes = 1 if call == METHODS["indices"] else 2
    is_whole = len(parameters) == takes and all(one.kind in _PLACED for one in parameters)
    return not is_whole or parameters[0].name == "self"


def _claimed_calls(subject: object, name: str) -> list[str]:
    claims = _claims(subject, name)
    return [call for feature, call in METHODS.items() if feature in claims]


def _claims(subject: object, name: str) -> frozenset[str]:
    claims = _read(subject, name, "claims", ())
    if isinstance(claims, str) or not isinstance(claims, Collection):
        message = f"{name}: claims is a collection of feature names, got {claims!r:.80}"
        raise UnusableError(message)
    for claim in claims:
        if not isinstance(claim, str) or claim not in features():
            problem = UnknownNameError("feature", str(claim), features())
            message = f"{name}: claims an unknown feature: {problem}"
            raise UnusableError(message)
    return frozenset(claims)


def _lacks(subject: object, name: str) -> tuple[frozenset[str], ...]:
    lacks = _read(subject, name, "lacks", ())
    words = (*features(), *BASE_WORDS)
    if isinstance(lacks, str) or not isinstance(lacks, Collection):
        message = f"{name}: lacks is a collection of sets of words, got {lacks!r:.80}"
        raise UnusableError(message)
    for lack in lacks:
        if isinstance(lack, str) or not isinstance(lack, Collection) or not lack:
            message = f'{name}: lacks holds sets of words, such as {{"float64"}}; got {lack!r:.80}'
            raise UnusableError(message)
        for word in lack:
            if not isinstance(word, str) or word not in words:
                problem = UnknownNameError("feature", str(word), words)
                message = f"{name}: lacks an unknown feature: {problem}"
                raise UnusableError(message)
        if METHODS.keys() <= set(lack):
            message = (
                f"{name}: lacks names gradient and indices in one set; each is a call of its own, "
                f"so give one set for each: {sorted(map(str, lack))}"
            )
            raise UnusableError(message)
    return tuple(frozenset(lack) for lack in lacks)


def _declared(subject: object, name: str) -> dict[str, str]:
    declared = _read(subject, name, "dialect", {})
    if not isinstance(declared, Mapping):
        message = f"{name}: dialect is a mapping of switch to value, got {declared!r:.80}"
        raise UnusableError(message)
    for switch, value in declared.items():
        if not isinstance(switch, str) or switch not in switches():
            problem = UnknownNameError("switch", str(switch), switches())
            message = f"{name}: declares an unknown switch: {problem}"
            raise UnusableError(message)
        if value not in switches()[switch].values:
            problem = UnknownNameError(f"value of {switch}", str(value), switches()[switch].values)
            message = f"{name}: declares an unknown value: {problem}"
            raise UnusableError(message)
    return dict(declared)


def _sources(subject: object, name: str) -> dict[str, str]:
    sources = _read(subject, name, "sources", {})
    if not isinstance(sources, Mapping):
        message = f"{name}: sources is a mapping of switch or feature to text, got {sources!r:.80}"
        raise UnusableError(message)
    known = (*switches(), *features(), *BASE_WORDS)
    for about, text in sources.items():
        if not isinstance(about, str) or about not in known:
            problem = UnknownNameError("switch or feature", str(about), known)
            message = f"{name}: gives a source for something unknown: {problem}"
            raise UnusableError(message)
        if not isinstance(text, str) or not text.strip():
            message = (
                f"{name}: the source for {about} names a document or section, got {text!r:.80}"
            )
            raise UnusableError(message)
    return {about: " ".join(text.split()) for about, text in sources.items()}


def _undocumented(
    subject: object, name: str, declared: Mapping[str, str], sources: Mapping[str, str]
) -> tuple[str, ...]:
    silent = _read(subject, name, "undocumented", ())
    if isinstance(silent, str) or not isinstance(silent, Collection):
        message = f"{name}: undocumented is a collection of switches, got {silent!r:.80}"
        raise UnusableError(message)
    for switch in silent:
        if not isinstance(switch, str) or switch not in switches():
            problem = UnknownNameError("switch", str(switch), switches())
            message = f"{name}: names an unknown switch as undocumented: {problem}"
            raise UnusableError(message)
        if switch in declared or switch in sources:
            other = f"declares {declared[switch]}" if switch in declared else "gives a source"
            message = f"{name}: names {switch} as undocumented and {other} for it; leave one out"
            raise UnusableError(message)
    return tuple(one for one in switches() if one in silent)


def _call_limit(subject: object, name: str) -> float:
    seconds = _read(subject, name, "call_limit", 0.0)
    plain = isinstance(seconds, Real) and not isinstance(seconds, bool)
    if not plain or not 0 <= seconds <= LONGEST_CALL:
        message = f"{name}: call_limit is seconds, at most {LONGEST_CALL:g}, got {seconds!r:.80}"
        raise UnusableError(message)
    return float(seconds)


def _refuses(subject: object, name: str) -> Callable[[], tuple[type[BaseException], ...]]:
    given = _read(subject, name, "refusals", ())
    if callable(given) and not isinstance(given, type):
        return cache(lambda: _refusals(_asked(given, name), name))
    kinds = _refusals(given, name)
    return lambda: kinds


def _refusals(refusals: object, name: str) -> tuple[type[BaseException], ...]:
    if not isinstance(refusals, tuple | list):
        message = f"{name}: refusals is a tuple of exception types, got {refusals!r:.80}"
        raise UnusableError(message)
    kinds = tuple(refusals)
    if not all(isinstance(kind, type) and issubclass(kind, Exception) for kind in kinds):
        message = f"{name}: refusals is a tuple of exception types, got {kinds!r:.80}"
        raise UnusableError(message)
    never = (IndexError, ZeroDivisionError, LookupError, ArithmeticError, Exception)
    for kind in never:
        if kind in kinds:
            message = f"{name}: refusals names {kind.__name__}, which is also what a mistake in a "
            message += "kernel raises; make a type of your own, derived from it if you like"
            raise UnusableError(message)
    return kinds


def _asked(refusals: Callable[[], Any], name: str) -> Any:  # noqa: ANN401 - foreign
    try:
        return refusals()
    except BaseException as error:
        message = f"{name}: refusals cannot be read: {one_line(error)}"
        raise UnusableError(message) from error


def kind_of(error: BaseException) -> str:
    """Return the name of the type of an exception."""
    try:
        return str(type(error).__name__)
    except BaseException:  # noqa: BLE001 - a metaclass may raise as well
        return "an exception without a name"


def one_line(error: BaseException, limit: int = 200) -> str:
    """Return an exception as one printable line of at most `limit` characters."""
    try:
        text = " ".join(portable(str(error)[: 16 * limit])[: 4 * limit].split())
    except BaseException:  # noqa: BLE001 - the exception is somebody else's, and so is its __str__
        text = "(its message cannot be shown)"
    kind = kind_of(error)
    text = f"{kind}: {text}" if text else kind
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= limit else text[: limit - 1] + "…"
