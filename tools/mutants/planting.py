"""The errors that can be planted in a source file: which operators there are, and the text that each one replaces.

A mutant replaces a stretch of the source and leaves the rest of the file as it is, so that its lines keep their numbers.
Left out: texts for people, annotations, type-checking blocks, parameters that change speed or layout but no result, and
statements of what cannot happen (`assert`, the `strict` of `zip`, `frozen`, which mypy enforces).
"""

from __future__ import annotations

import ast
import hashlib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

COMPARISONS = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
ARITHMETIC = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
}
# A unit and the one it is most easily taken for.
UNITS = {
    "J": "kJ",
    "Wh": "kWh",
    "kWh": "Wh",
    "MWh": "kWh",
    "GWh": "MWh",
    "TWh": "GWh",
    "W": "kW",
    "kW": "W",
    "MW": "kW",
    "GW": "MW",
    "g": "kg",
    "kg": "g",
    "t": "kg",
    "Mt": "kt",
    "L": "m3",
    "s": "h",
    "h": "s",
    "yr": "h",
}
UNIT = re.compile(rf"(?<!\S)({'|'.join(UNITS)})(?=[ /]|$)")
A_UNIT = re.compile(r"[A-Za-z%0-9]+( CO2e| yr)?(/([0-9]+ )?[A-Za-z0-9]+)?( CO2e)?")
PRECISION = re.compile(r"(?<=\.)\d+(?=[efg%]\})")
LOCK = re.compile(r"lock|atomic|writing|slot", re.IGNORECASE)
GUARD = re.compile(r"login|permission|require|csrf|never_cache|user_passes", re.IGNORECASE)
LEFT_OUT = {"strict", "frozen", "maxsize", "indent", "timeout", "stacklevel", "width", "max_workers", "chunk_size"}
SILENT = {"debug", "info", "warning", "exception", "print", "write_line"}  # calls that tell a person something


@dataclass(frozen=True)
class Mutant:
    """One planted error: `file` (from the root), the bytes `start` to `end` of its source, and what replaces them."""

    file: str
    name: str  # qualified name of the function or class that contains it; "" at the top of a module
    operator: str
    line: int
    last_line: int
    start: int
    end: int
    text: str
    before: str  # the code before and after, on one line
    after: str

    @property
    def id(self) -> str:
        """Stays the same while the function and the line do, wherever in the file they are."""
        key = "\0".join((self.file, self.name, self.operator, self.before, self.after))
        return hashlib.sha256(key.encode()).hexdigest()[:10]

    def plant(self, source: bytes) -> bytes:
        """The source of the file with the error in it."""
        return source[: self.start] + self.text.encode() + source[self.end :]


def find_mutants(path: Path) -> list[Mutant]:
    """All mutants of one file, in the order of its lines; two that read alike count once."""
    source = path.read_bytes()
    found = _Finder(source, str(path.relative_to(ROOT))).find()
    return list({mutant.id: mutant for mutant in found}.values())


class _Finder:
    def __init__(self, source: bytes, file: str) -> None:
        self._source = source
        self._file = file
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def find(self) -> Iterator[Mutant]:
        yield from self._walk(ast.parse(self._source), ())

    def _offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column

    def _span(self, node: ast.AST) -> tuple[int, int]:
        position: tuple[int, int, int, int] = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
        return self._offset(*position[:2]), self._offset(*position[2:])

    def _text(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self._source[start:end].decode()

    def _walk(self, node: ast.AST, names: tuple[str, ...]) -> Iterator[Mutant]:
        if _is_left_out(node):
            return
        name = ".".join(names)
        for operator, start, end, text in self._errors(node):
            yield self._mutant(name, operator, start, end, text)
        if isinstance(node, ast.JoinedStr):  # Python 3.11 gives the nodes in an f-string no positions of their own
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = (*names, node.name)
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "type_comment"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from self._walk(child, names)

    def _mutant(self, name: str, operator: str, start: int, end: int, text: str) -> Mutant:
        first = self._source.rfind(b"\n", 0, start) + 1
        last = self._source.find(b"\n", end)
        last = len(self._source) if last < 0 else last
        old = self._source[first:last].decode()
        new = (self._source[first:start] + text.encode() + self._source[end:last]).decode()
        line, last_line = self._source.count(b"\n", 0, start) + 1, self._source.count(b"\n", 0, end) + 1
        return Mutant(
            self._file, name, operator, line, last_line, start, end, text, " ".join(old.split()), " ".join(new.split())
        )

    def _errors(self, node: ast.AST) -> Iterator[tuple[str, int, int, str]]:
        """Operator, start, end and new text of each error that this node allows."""
        match node:
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                yield from self._operator("comparison", left, right, *COMPARISONS[type(op)])
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                for op, one, two in zip(ops, [left, *comparators], comparators, strict=False):
                    yield from self._operator("comparison", one, two, *COMPARISONS[type(op)])
            case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
                if not any(map(_is_text, (left, right))):
                    yield from self._operator("arithmetic", left, right, *ARITHMETIC[type(op)])
            case ast.BoolOp(op=op, values=values):
                old, new = ("and", "or") if isinstance(op, ast.And) else ("or", "and")
                for one, two in itertools.pairwise(values):
                    yield from self._operator("boolean", one, two, old, new)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield "boolean", *self._span(node), self._text(operand)
            case ast.Constant(value=bool(value)):
                yield "boolean", *self._span(node), str(not value)
            case ast.Constant(value=int() | float() as value):
                for new in _other_numbers(value):
                    yield "number", *self._span(node), new
            case ast.Constant(value=str(value)) if A_UNIT.fullmatch(value) and (found := UNIT.search(value)):
                other = value[: found.start()] + UNITS[found[1]] + value[found.end() :]
                yield "unit", *self._span(node), repr(other).replace("'", '"')
            case ast.JoinedStr():
                start, _ = self._span(node)
                for found in PRECISION.finditer(self._text(node)):
                    at = start + len(self._text(node)[: found.start()].encode())
                    yield "precision", at, at + len(found[0]), "2" if int(found[0]) > 2 else "9"
            case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
                yield "return", *self._span(value), "None"
            case ast.With(items=items):
                yield from self._locks(node, items)
            case ast.Raise() | ast.Expr(value=ast.Call()):
                if isinstance(node, ast.Raise) or _name_of(node.value) not in SILENT:
                    yield "statement", *self._span(node), "pass"
            case ast.FunctionDef(decorator_list=decorators) | ast.ClassDef(decorator_list=decorators):
                for decorator in decorators:
                    if GUARD.search(self._text(decorator)):
                        start, end = self._span(decorator)
                        yield "guard", start - 1, end, ""

    def _operator(
        self, kind: str, left: ast.AST, right: ast.AST, old: str, new: str
    ) -> Iterator[tuple[str, int, int, str]]:
        (_, start), (end, _) = self._span(left), self._span(right)
        between = self._source[start:end].decode()
        word = r"\s+".join(map(re.escape, old.split()))
        found = re.search(rf"(?<![\w<>=!*/]){word}(?![\w<>=*/])", between)
        if found and "#" not in between:
            at = start + len(between[: found.start()].encode())
            yield kind, at, at + len(found[0].encode()), new

    def _locks(self, node: ast.With, items: list[ast.withitem]) -> Iterator[tuple[str, int, int, str]]:
        for index, item in enumerate(items):
            if item.optional_vars or not LOCK.search(self._text(item.context_expr)):
                continue
            start, end = self._span(item.context_expr)
            if len(items) == 1:
                yield "lock", self._span(node)[0], end, "if True"
            elif index + 1 < len(items):
                yield "lock", start, self._span(items[index + 1].context_expr)[0], ""
            else:
                yield "lock", self._span(items[index - 1].optional_vars or items[index - 1].context_expr)[1], end, ""


def _is_left_out(node: ast.AST) -> bool:
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.keyword(arg=str(name)):
            return name in LEFT_OUT
        case ast.Call(func=function):
            return _name_of(function) in SILENT
        case ast.Import() | ast.ImportFrom() | ast.Assert():
            return True
        case ast.FunctionDef(decorator_list=decorators):
            return any(_name_of(decorator) == "overload" for decorator in decorators)
    return False


def _name_of(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=function):
            return _name_of(function)
    return ""


def _is_text(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr() | ast.Constant(value=str() | bytes()) | ast.List() | ast.Tuple():
            return True
        case ast.BinOp(left=left, right=right):
            return _is_text(left) or _is_text(right)
    return False


def _other_numbers(value: int | float) -> list[str]:
    if value == 0:
        return ["1"]
    return [repr(value + 1), repr(value * 10), repr(value * 1000)]
