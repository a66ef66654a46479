"""Text that an implementation had a hand in: it is shown, cut and escaped, never obeyed."""

from __future__ import annotations

NAME = 80
LINE = 400
PASSAGE = 3000


def line(text: object, limit: int = LINE) -> str:
    r"""Return `text` as one printable line of about `limit` characters at most.

    Control characters, terminal escapes, direction marks and lone surrogates are written
    out as `\x1b` and the like. What was cut is said at the end.
    """
    return _shown(str(text), limit, keep="")


def passage(text: object, limit: int = PASSAGE) -> str:
    """Return `text` as printable lines, about `limit` characters in all at most."""
    unified = str(text).replace("\r\n", "\n").replace("\t", "    ")
    return _shown(unified.strip("\n"), limit, keep="\n")


def _shown(text: str, limit: int, keep: str) -> str:
    if len(text) <= limit and (text.replace(keep, "") if keep else text).isprintable():
        return text
    shown: list[str] = []
    length = 0
    for place, character in enumerate(text):
        piece = character if character.isprintable() or character in keep else _escape(character)
        length += len(piece)
        if length > limit:
            return f"{''.join(shown)} ... ({len(text) - place:,} more characters)"
        shown.append(piece)
    return "".join(shown)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
