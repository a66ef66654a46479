"""What the documentation site has besides docs/: the specification, and the files linked to.

MkDocs calls the functions that begin with `on_`. The pages are written to be read in a
checkout, where SPEC.md is in another folder; here their links are turned to where it stands
in the site. A link that leads nowhere stops the build.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

CHECKOUT = Path(__file__).parents[1]
PAGES = {
    "reference/SPEC.md": "specification.md",
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""Pages that are made of files outside docs/, or stand for them."""
_LINK = re.compile(r"(?<=\]\()(?P<place>[^)#:]*)(?P<anchor>#[^)]*)?(?=\))")
_CLAUSE = re.compile(r"^### (?P<name>[a-z]+\.[a-z0-9-]+)\n(?P<sentence>.+)\n(?=- )", re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the pages of docs/findings to the navigation, whichever there are."""
    folder = Path(config.docs_dir) / "findings"
    pages = sorted(path.relative_to(config.docs_dir).as_posix() for path in folder.glob("*.md"))
    if pages and config.nav is not None:
        pages.sort(key=lambda page: page != "findings/README.md")
        config.nav = [*config.nav, {"Found in real systems": pages}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from outside docs/, and every file that some page links to."""
    for origin, uri in PAGES.items():
        if not files.get_file_from_path(uri):
            text = (CHECKOUT / origin).read_text("utf-8")
            content = specification(text) if uri == "specification.md" else text
            files.append(File.generated(config, uri, content=content))
    linked = {place for file in files.documentation_pages() for place in _links(file)}
    for place in sorted(linked):
        uri = uri_of(place)
        if files.get_file_from_path(uri):
            continue
        if (CHECKOUT / place).is_file():
            path = str(CHECKOUT / place)
            files.append(File.generated(config, uri, abs_src_path=path))
        elif (CHECKOUT / place).is_dir():
            names = sorted(one.name for one in (CHECKOUT / place).iterdir() if one.suffix)
            files.append(File.generated(config, uri, content="\n".join([f"{place}/", *names])))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - as MkDocs calls it
    """Turn the links of a page to where their targets stand in the site."""
    origin, here = origin_of(page.file.src_uri), page.file.src_uri

    def turned(link: re.Match[str]) -> str:
        anchor = link["anchor"] or ""
        place = resolved(origin, link["place"]) if link["place"] else origin
        if place == "reference/SPEC.md":
            anchor = _anchors().get(anchor, anchor)
        if not link["place"]:
            return anchor
        return posixpath.relpath(uri_of(place), posixpath.dirname(here) or ".") + anchor

    return _LINK.sub(turned, markdown)


def specification(text: str) -> str:
    """Return SPEC.md with an anchor for each clause: its name."""
    return _CLAUSE.sub(r"### \g<name> { #\g<name> }\n\n\g<sentence>\n\n", text)


def resolved(origin: str, place: str) -> str:
    """Return what a relative link in a file of the checkout points to, seen from its top."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(origin), place))


def origin_of(uri: str) -> str:
    """Return the file of the checkout that a page is made of."""
    made = {page: origin for origin, page in PAGES.items() if origin != "README.md"}
    return made.get(uri, f"docs/{uri}")


def uri_of(place: str) -> str:
    """Return where a file of the checkout stands in the site."""
    if place in PAGES:
        return PAGES[place]
    inside = place.removeprefix("docs/")
    # A browser shows text, and would offer to save what it takes for a program.
    return inside if inside != place else f"source/{place}.txt"


def _links(file: File) -> set[str]:
    """Return the files of the checkout that a page links to."""
    origin = origin_of(file.src_uri)
    found = (link["place"] for link in _LINK.finditer(file.content_string))
    return {resolved(origin, place) for place in found if place}


def _anchors() -> dict[str, str]:
    """Return the anchors of clauses as code hosts make them, with those of the site."""
    text = (CHECKOUT / "reference" / "SPEC.md").read_text("utf-8")
    names = [clause["name"] for clause in _CLAUSE.finditer(text)]
    return {f"#{name.replace('.', '')}": f"#{name}" for name in names}
