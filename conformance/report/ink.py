"""Lines of text for a terminal: labelled rows and arrays, in what the terminal can encode."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from conformance.report import planes

LABEL = 10
_PLAIN = str.maketrans({"·": "-", "✗": "x", "–": "-"})  # noqa: RUF001 - the dash is meant
_LIMITS = planes.Limits(planes=4, rows=8, columns=16)


def text(words: str, console: Console, style: str = "") -> Text:
    """Return words as text that is free of markup and that the console can encode."""
    return Text(fit(words, console), style)


def fit(words: str, console: Console) -> str:
    """Return words in characters that the console can encode."""
    if console.encoding.lower().startswith("utf"):
        return words
    plain = words.translate(_PLAIN).encode(console.encoding, "backslashreplace")
    return plain.decode(console.encoding)


def packed(parts: Sequence[str], width: int) -> list[str]:
    """Return parts with dots behind all but the last, in lines that end between two parts."""
    lines: list[str] = []
    for part in (*(f"{one} ·" for one in parts[:-1]), *parts[-1:]):
        if lines and cell_len(f"{lines[-1]} {part}") <= width:
            lines[-1] = f"{lines[-1]} {part}"
        else:
            lines.append(part)
    return lines


def show_row(label: str, lines: Iterable[Text], console: Console, margin: int = LABEL) -> None:
    """Print lines beside a label; what is too wide goes on below itself.

    A label that is too long has a line of its own.
    """
    indent = 2 + margin
    width = max(20, console.width - indent)
    wrapped = [part for line in lines for part in line.wrap(console, width, overflow="fold")]
    if label and len(label) >= margin:
        _show(f"  {label}", Text(), console)
        label = ""
    for number, line in enumerate(wrapped):
        _show(f"  {label:<{margin}}" if number == 0 else " " * indent, line, console)


def show_command(label: str, command: str, console: Console) -> None:
    """Print a command on one line whatever its length, so that it can be copied."""
    _show(f"  {label:<{LABEL}}", text(command, console), console)


def _show(lead: str, line: Text, console: Console) -> None:
    whole = text(lead, console).append_text(line)
    whole.rstrip()
    console.print(whole, soft_wrap=True)


def width_of(*data: object, marked: Collection[planes.Index] = ()) -> int:
    """Return how many cells the widest element that may be drawn takes."""
    drawings = [planes.picture(one, marked, _LIMITS) for one in data]
    return max((cell_len(entry.text) for one in drawings for entry in _entries(one)), default=1)


def array(
    data: object, marked: Collection[planes.Index], console: Console, width: int | None = None
) -> list[Text]:
    """Return an array as lines, each marked element between `>` and `<`.

    `width` is that of the widest element, where several arrays are to be cut alike.
    """
    cell = (width_of(data) if width is None else width) + (3 if marked else 1)
    most = max(1, (console.width - LABEL - 6) // cell)
    limits = planes.Limits(_LIMITS.planes, _LIMITS.rows, min(_LIMITS.columns, most))
    drawing = planes.picture(data, marked, limits)
    if drawing is None:
        return []
    lines = [line for plane in drawing.planes for line in _plane(plane, drawing.rank, console)]
    lines += [] if drawing.planes else [Text("[] (no elements)")]
    return lines + ([Text(f"({drawing.left_out})", "dim")] if drawing.left_out else [])


def _entries(drawing: planes.Picture | None) -> list[planes.Entry]:
    shown = drawing.planes if drawing else ()
    return [entry for plane in shown for row in plane.rows for entry in row]


def _plane(plane: planes.Plane, rank: int, console: Console) -> list[Text]:
    entries = [entry for row in plane.rows for entry in row]
    marks = any(entry.differs for entry in entries)
    width = max((cell_len(entry.text) for entry in entries), default=0) + 2 * marks
    if rank == 0:
        return [_entry(entries[0], 0, console, marks=False)]
    lines = [Text(plane.label, "dim")] if plane.label else []
    for number, row in enumerate(plane.rows):
        opening = "[" if rank == 1 else ("[[" if number == 0 else " [")
        closing = "]" if rank == 1 or number < len(plane.rows) - 1 else "]]"
        written = Text(" ").join(_entry(entry, width, console, marks=marks) for entry in row)
        lines.append(Text(opening).append_text(written).append(closing))
    return lines


def _entry(entry: planes.Entry, width: int, console: Console, *, marks: bool) -> Text:
    if entry.differs:
        written = text(f">{entry.text}<", console, "bold red")
    else:
        written = text(f" {entry.text} " if marks else entry.text, console)
    return Text(" " * (width - written.cell_len)).append_text(written)
