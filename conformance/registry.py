"""Where implementations come from: shipped names, entry points, modules and files."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import os
import re
import sys
import zlib
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from types import ModuleType

from conformance.clauses import UnknownNameError
from conformance.contract import Implementation, UnusableError, adopt, one_line
from implementations import SHIPPED, Shipped

ZOO = "zoo"
GROUP = "poolproof.implementations"
_from_files: set[str] = set()
"""The modules that files were imported as."""
_NAMED = re.compile(r"(?P<name>[^=/\\]+)=(?P<rest>.+)")


@dataclass(frozen=True, slots=True)
class Target:
    """An implementation that was asked for: a name for the report and where it is."""

    name: str
    address: str
    """`package.module`, `package.module:attr`, `/path/to/file.py` or `/path/to/file.py:attr`."""


@cache
def entry_points() -> dict[str, str]:
    """Return the implementations that other distributions register, name to address."""
    return {point.name: point.value for point in metadata.entry_points(group=GROUP)}


def missing(shipped: Shipped) -> list[str]:
    """Return the packages that a shipped implementation needs and that are not installed."""
    return [name for name in shipped.requires if importlib.util.find_spec(name) is None]


def installed() -> list[Target]:
    """Return everything that can be judged here without being named."""
    shipped = [
        Target(name, one.target)
        for name, one in SHIPPED.items()
        if not missing(one) and not one.slow
    ]
    names = {target.name for target in shipped}
    registered = [Target(name, value) for name, value in sorted(entry_points().items())]
    return shipped + [target for target in registered if target.name not in names]


def not_installed() -> dict[str, str]:
    """Return the shipped implementations that are left out, with what to install."""
    return {
        name: f"pip install 'poolproof[{one.extra}]'"
        for name, one in SHIPPED.items()
        if missing(one)
    }


def registered() -> set[str]:
    """Return every name that an implementation is registered under, installed or not."""
    return {*SHIPPED, *entry_points()}


def only_named() -> dict[str, str]:
    """Return the installed implementations that are judged only when named, with the reason."""
    return {name: one.slow for name, one in SHIPPED.items() if one.slow and not missing(one)}


def shipped_at(address: str) -> Shipped | None:
    """Return the shipped implementation that is found at an address, whatever it is called."""
    return next((one for one in SHIPPED.values() if one.target == address), None)


def versions(target: Target) -> dict[str, str]:
    """Return the versions of what a shipped implementation is made of."""
    shipped = shipped_at(target.address)
    found = {}
    distributions = cache(metadata.packages_distributions)  # slow, and seldom needed
    for name in (*shipped.requires, *shipped.distributions) if shipped else ():
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # cv2 comes from opencv-python-headless
            for distribution in distributions().get(name, ())[:1]:
                found[distribution] = metadata.version(distribution)
    return found


def find(request: str) -> Target:
    """Return what a request on the command line means; `name=request` gives it a name.

    Raises:
        UnusableError: it is a path that does not exist, or a name that nobody registered.
    """
    named = _NAMED.match(request)
    if named:
        return Target(named["name"], find(named["rest"]).address)
    if request in SHIPPED:
        lacking = missing(SHIPPED[request])
        if lacking:
            message = f"{request}: needs {', '.join(lacking)}; {not_installed()[request]}"
            raise UnusableError(message)
        return Target(request, SHIPPED[request].target)
    if request in entry_points():
        return Target(request, entry_points()[request])
    path, attribute = split(request)
    if path.endswith(".py") or os.sep in path or Path(path).is_file() or path in {".", ".."}:
        return _file(path, attribute)
    if request and not all(path.split(".")):
        message = f"{request}: a module is named in full, as package.module or package.module:attr"
        raise UnusableError(message)
    if "." in path or attribute:
        return Target(attribute or path, request)
    if _is_module(path):
        return Target(path, path)
    problem = UnknownNameError("implementation", request, {*SHIPPED, *entry_points()})
    message = f"{problem} (it may also be package.module:attr or path/to/file.py:attr)"
    raise UnusableError(message)


def split(address: str) -> tuple[str, str]:
    """Return (module or path, attribute); a colon before a separator belongs to the path."""
    place, colon, attribute = address.rpartition(":")
    if not colon or os.sep in attribute or "/" in attribute or attribute.endswith(".py"):
        return address, ""
    return place, attribute


def _file(path: str, attribute: str) -> Target:
    file = Path(path)
    if file.is_dir():
        message = f"{path}: it is a folder; name a Python file in it"
        raise UnusableError(message)
    if not file.is_file():
        there = sorted(one.name for one in file.parent.glob("*.py"))
        near = difflib.get_close_matches(file.name, there, n=1)
        hint = f"; did you mean {file.with_name(near[0])}?" if near else ""
        message = f"{path}: there is no such file{hint}"
        raise UnusableError(message)
    if file.suffix != ".py":
        message = f"{path}: not a Python file; wrap it in one, see `The contract` in README.md"
        raise UnusableError(message)
    address = str(file.resolve())
    if address.encode("utf-8", "replace").decode() != address:
        message = f"{path}: its name, or that of a folder on the way, is not UTF-8; rename it"
        raise UnusableError(message)
    return Target(attribute or file.stem, f"{address}:{attribute}" if attribute else address)


def _is_module(name: str) -> bool:
    see_working_directory()
    try:
        return importlib.util.find_spec(name) is not None
    except ValueError:
        return False


def find_all(requests: list[str]) -> list[Target]:
    """Return a target for each request, each under a name of its own."""
    found = [one for request in requests for one in _meant(request)] if requests else installed()
    taken: dict[str, Target] = {}
    for target in dict.fromkeys(found):
        name, number = target.name, 2
        while name in taken:
            name, number = f"{target.name}-{number}", number + 1
        taken[name] = Target(name, target.address)
    return list(taken.values())


def _meant(request: str) -> list[Target]:
    """Return what a request means: `zoo:*` is every known bug, and `zoo:ID` one of them."""
    kind, _, name = request.partition(":")
    if kind != ZOO:
        return [find(request)]
    from conformance.zoo import bugs

    known = list(bugs())
    if name != "*" and name not in known:
        raise UnusableError(str(UnknownNameError("known bug", name, known)))
    chosen = known if name == "*" else [name]
    return [Target(one, f"conformance.zoo.members:{one}") for one in chosen]


def load(target: Target) -> Implementation:
    """Import and return an implementation.

    Raises:
        UnusableError: it cannot be imported or does not keep the contract; one line.
    """
    see_working_directory()
    try:
        return _loaded(target)
    except UnusableError as error:
        place = split(target.address)[0]
        hint = _hidden_neighbour(place) or _in_package(place, str(error))
        if hint:
            message = f"{error}; {hint}"
            raise UnusableError(message) from error
        raise


def _loaded(target: Target) -> Implementation:
    place, attribute = split(target.address)
    try:
        module = (
            _import_file(Path(place)) if place.endswith(".py") else importlib.import_module(place)
        )
    except BaseException as error:
        message = f"{target.name}: {place} cannot be imported: {one_line(error)}"
        raise UnusableError(message) from error
    return adopt(_attribute(module, attribute, target), target.name, target.address)


def _hidden_neighbour(place: str) -> str:
    """Say which file beside an importing one is not found, as another module has its name."""
    if not (place.endswith(".py") and Path(place).is_file()):
        return ""
    folder, source = Path(place).parent, Path(place).read_text("utf-8", "replace")
    for name in re.findall(r"^\s*(?:from|import)\s+(\w+)", source, re.MULTILINE):
        beside, known = folder / f"{name}.py", sys.modules.get(name)
        found = getattr(known, "__file__", None)
        if beside.is_file() and known is not None and found != str(beside):
            return f"{beside.name} beside it is not read: {name} is another module, so rename it"
    return ""


def _in_package(place: str, error: str) -> str:
    """Say how to name a file that imports from the package which it belongs to."""
    if "relative import" not in error:
        return ""
    names, folder = [Path(place).stem], Path(place).parent
    while (folder / "__init__.py").is_file():
        names, folder = [folder.name, *names], folder.parent
    return f"name it as a module of its package, {'.'.join(names)}, from where that is found"


def _attribute(module: ModuleType, attribute: str, target: Target) -> object:
    found: object = module
    for name in attribute.split(".") if attribute else []:
        try:
            found = getattr(found, name)
        except AttributeError as error:
            known = [one for one in vars(module) if not one.startswith("_")]
            problem = UnknownNameError(f"attribute of {module.__name__}", name, known)
            message = f"{target.name}: {problem}"
            raise UnusableError(message) from error
        except BaseException as error:
            message = f"{target.name}: {name} cannot be reached: {one_line(error)}"
            raise UnusableError(message) from error
    return found


def see_working_directory() -> None:
    """Let `package.module` be found from where the user stands, as `python -m` does."""
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        sys.path.append(here)


def _import_file(path: Path) -> ModuleType:
    """Import a file as a module of its own; its neighbours can be imported by it."""
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    name = path.stem if _is_found(path) else f"file_{zlib.crc32(os.fsencode(path))}_{path.stem}"
    _from_files.add(name)
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        message = "it is not Python source"
        raise ImportError(message)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def forget_files() -> None:
    """Have every file that was named executed again when it is loaded next."""
    for name in _from_files:
        sys.modules.pop(name, None)


def _is_found(path: Path) -> bool:
    """Return whether a file is what is imported by its name: so do processes that it starts."""
    known = sys.modules.get(path.stem)
    if known is not None or not path.stem.isidentifier():
        return getattr(known, "__file__", None) == str(path)
    importlib.invalidate_caches()
    spec = importlib.util.find_spec(path.stem)
    return spec is not None and spec.origin == str(path)
