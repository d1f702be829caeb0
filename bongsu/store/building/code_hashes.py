"""The files that a function is made of, with their hashes: its module, all modules that this imports, and their tables.

Modules are found in their text, also those that a function imports when it is called, and those that a text names, as
`files("bongsu.definitions")` does. Only modules of Bongsu and of the function's own package are followed; the versions of
other packages stand for their code.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.resources import files
from pathlib import Path

_HOUSE = "bongsu"
_TABLES = (".csv", ".json", ".toml")
_NO_TABLES = ("__pycache__", "locale", "migrations", "static", "templates")  # folders that no build reads
_NOT_READ = ("sources.toml",)  # what is asked of the world is no part of a build
_DATAFLOWS = "dataflows"  # has a table for each dataflow, by its name
_DISTRIBUTION = re.compile(r"[A-Za-z0-9._-]+")
_NAMED = re.compile(r"""["'](bongsu(?:\.[a-z_0-9]+)+)["']""")  # a text that is the name of a module


def hash_code(modules: Iterable[str], flow: str, left_out: Collection[Path] = ()) -> dict[str, str]:
    """Returns the SHA-256 of every file that the modules are made of, by its path below its package's folder.

    Of the descriptions of dataflows, only that of `flow` is one. `left_out` are files or folders that are inputs, not code.
    """
    reached = _reach(modules)
    found: dict[str, str] = {}
    for module in sorted(reached):
        path = _find_file(module)
        assert path is not None
        found[_shorten(module, path)] = _hash(path)
        if path.name == "__init__.py":
            for table in _list_tables(path.parent):
                other = path.parent.name == _DATAFLOWS and table.stem.upper() != flow
                if not other and not any(table.is_relative_to(one) for one in left_out):
                    found[_shorten(module, table)] = _hash(table)
    return found


def list_versions(distributions: Iterable[str]) -> dict[str, str]:
    """Returns the versions of distributions and of what they require without a choice, or for the extra `node`."""
    found: dict[str, str] = {}
    for distribution in distributions:
        wanted = [distribution]
        for line in requires(distribution) or ():
            if "extra ==" not in line or "extra == 'node'" in line.replace('"', "'"):
                name = _DISTRIBUTION.match(line)
                wanted.append(name[0] if name else line)
        for name_ in wanted:
            try:
                found[name_.lower()] = version(name_)
            except PackageNotFoundError:
                found[name_.lower()] = ""
    return found


def _reach(modules: Iterable[str]) -> set[str]:
    """Returns the modules, all that they import, and the packages that these are in."""
    reached: set[str] = set()
    waiting = list(modules)
    tops = {module.partition(".")[0] for module in waiting} | {_HOUSE}
    while waiting:
        module = waiting.pop()
        if module in reached or module.partition(".")[0] not in tops or _find_file(module) is None:
            continue
        reached.add(module)
        if "." in module:  # what a top package shows to others is not a part of every module below it
            waiting += [*_list_imports(module), module.rpartition(".")[0]]
    return reached


@cache
def _find_file(module: str) -> Path | None:
    """Returns the file of a module; None if there is none of that name, as for a name that is imported from a module."""
    top, *rest = module.split(".")
    root = _find_folder(top)
    if root is None:
        return None
    path = root.joinpath(*rest)
    for candidate in (path / "__init__.py", path.with_suffix(".py")):
        if candidate.is_file():
            return candidate
    return None


@cache
def _find_folder(top: str) -> Path | None:
    try:
        folder = files(top)
    except ModuleNotFoundError:
        return None
    return folder if isinstance(folder, Path) else None


def _hash(path: Path) -> str:
    return _hash_state(path, path.stat().st_mtime_ns)


@cache
def _hash_state(path: Path, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _list_imports(module: str) -> list[str]:
    path = _find_file(module)
    assert path is not None
    return _parse_imports(module, path, path.stat().st_mtime_ns)


@cache
def _parse_imports(module: str, path: Path, changed: int) -> list[str]:
    """Returns every dotted name that the text of a module imports or names. `changed` is when the file was written."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    text = path.read_text(encoding="utf-8")
    found = _NAMED.findall(text)
    for node in _walk_statements(ast.parse(text)):
        match node:
            case ast.Import():
                found += [one.name for one in node.names]
            case ast.ImportFrom():
                above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
                base = ".".join([*above, *([node.module] if node.module else [])])
                found += [base, *(f"{base}.{one.name}" for one in node.names)]
    return found


def _walk_statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Yields the statements of a module, also those within others, but for imports that only a type checker makes."""
    waiting: list[ast.AST] = [*tree.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        yield node
        for blocks in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, blocks, ())


def _list_tables(folder: Path) -> Iterator[Path]:
    """Yields the tables of a package: those in its folder, and in folders below that are not packages themselves."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name not in _NO_TABLES and not (path / "__init__.py").exists():
                yield from _list_tables(path)
        elif path.suffix in _TABLES and path.name not in _NOT_READ:
            yield path


def _shorten(module: str, path: Path) -> str:
    folder = _find_folder(module.partition(".")[0])
    assert folder is not None
    return path.relative_to(folder.parent).as_posix()
