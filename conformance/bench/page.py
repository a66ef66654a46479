"""A bench as one HTML page: tables and plots, without a script, without the network."""

from __future__ import annotations

import html
from importlib import resources

from conformance.bench import plots, table
from conformance.bench.growth import AXES
from conformance.verdict import Json

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_LEGEND = (
    "Median of the rounds; spread is the middle half of them. Copies: against a copy of the input, "
    "timed in the same rounds. Roofline: bytes that have to be moved, against the bandwidth of "
    "that copy. Every result was compared with the reference."
)
_HEADS = ("", "ms", "spread", "copies", "GB/s", "roofline", "windows/s", "extra memory")


def render_bench(result: Json) -> str:
    """Return a bench as one self-contained page; all text is escaped."""
    style = resources.files("conformance.bench").joinpath("page.css").read_text("utf-8")
    body = [
        "<h1>Max pooling, timed</h1>",
        _facts(result),
        *(_layer(rows) for rows in table.grouped(result["rows"])),
        *_growth(result["growth"]),
        f"<p class='quiet'>{_LEGEND}</p>",
    ]
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f"<meta http-equiv='Content-Security-Policy' content=\"{_POLICY}\">"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>poolproof bench</title><style>{style}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )


def _facts(result: Json) -> str:
    found = result["environment"]
    facts = {
        "poolproof": result["poolproof"],
        "processor": f"{found['processor']}, {found['cores']} cores, {found['system']}",
        "threads": found["threads"],
        "limited by": " ".join(f"{name}={value}" for name, value in found["limited by"].items()),
        "rounds": result["terms"]["rounds"],
        "clock": result["terms"]["clock"],
        "python, numpy": f"{found['python']}, {found['numpy']}",
        "load of the machine": found["load"],
    }
    for name, versions in result["versions"].items():
        if versions:
            facts[name] = ", ".join(f"{package} {one}" for package, one in versions.items())
    rows = (f"<dt>{html.escape(k)}<dd>{html.escape(str(v))}" for k, v in facts.items())
    return f"<dl>{''.join(rows)}</dl>"


def _layer(rows: list[Json]) -> str:
    heads = "".join(f"<th scope='col'>{head}" for head in _HEADS)
    lines = "".join(map(_row, rows))
    title = html.escape(table.title(rows[0]))
    return (
        f"<section><h2>{title}</h2>{plots.dots(rows)}"
        f"<div class='scroll'><table><thead><tr>{heads}<tbody>{lines}</table></div></section>"
    )


def _row(row: Json) -> str:
    name = html.escape(row["implementation"])
    if row["status"] == "ok":
        cells = "".join(f"<td>{html.escape(cell)}" for cell in table.numbers(row))
    else:
        said = html.escape(f"{row['status']}: {row['note']}")
        cells = f"<td class='{row['status']}' colspan='7'>{said}"
    return f"<tr><th scope='row'>{name}{cells}"


def _growth(growth: list[Json]) -> list[str]:
    drawn = [plot for axis in AXES if (plot := plots.lines(growth, axis))]
    if not drawn:
        return []
    figures = f"<div class='figures'>{''.join(drawn)}</div>"
    return ["<h2>How time grows, with the exponent of each line</h2>", figures]
