"""Every small change of a module: comparisons, arithmetic, logic, constants, what is returned, what is raised."""

from __future__ import annotations

import ast
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OTHER_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OTHER_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.MatMult: ast.Mult,
}


LONGEST = 150


@dataclass(frozen=True)
class Change:
    """One change of one module.

    Parameters
    ----------
    module : str
        Path below the package.
    scope : str
        Function or class it is in.
    lines : tuple of int
        Where; also the lines where a constant of the module is used, and those of a function whose default it is.
    what : str
        The statement as changed, or what stands in its place.
    source : str
        The whole module as changed.
    """

    module: str
    scope: str
    lines: tuple[int, ...]
    what: str
    source: str

    @property
    def key(self) -> str:
        """Name the change whatever its line is."""
        return f"{self.module} {self.scope}: {self.what}"

    def __str__(self) -> str:
        return f"{self.module}:{self.lines[0]} {self.scope}: {self.what}"


def changes_of(path: Path, module: str) -> list[Change]:
    """Return every change of a module, in the order of the text."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    places = _places(tree)
    made = []
    for number, place in enumerate(places):
        for variant in range(len(_variants(place.node))):
            what, source = _changed(tree, number, variant)
            made.append(Change(module, place.scope, _lines(tree, place), what, source))
    return made


def unchanged(path: Path, module: str) -> Change:
    """Return a change that changes nothing, written as the others are."""
    return Change(module, "module", (), "nothing", ast.unparse(ast.parse(path.read_text(encoding="utf-8"))))


class _Place(NamedTuple):
    node: ast.expr | ast.stmt
    scope: str
    statement: ast.stmt


def _places(tree: ast.Module) -> list[_Place]:
    finder = _Finder()
    finder.visit(tree)
    return finder.found


def _changed(tree: ast.Module, number: int, variant: int) -> tuple[str, str]:
    """Return what the changed statement is, and the whole text."""
    other = deepcopy(tree)
    node, _, statement = _places(other)[number]
    after = _variants(node)[variant]
    source = ast.unparse(ast.fix_missing_locations(_Put(node, after).visit(other)))
    if node is statement:
        return f"{_head(node)} -> {_head(after)}", source
    what = _head(statement)
    if what.endswith("…"):
        what = f"{_head(node)} -> {_head(after)} in {what}"
    return what, source


def _lines(tree: ast.Module, place: _Place) -> tuple[int, ...]:
    lines = [place.node.lineno, place.statement.lineno]
    if place.scope == "module":
        names = {name.id for name in ast.walk(place.statement) if isinstance(name, ast.Name)}
        lines += [use.lineno for use in ast.walk(tree) if isinstance(use, ast.Name) and use.id in names]
    if isinstance(place.statement, ast.FunctionDef):
        lines += [inner.lineno for inner in _without_docstring(place.statement.body)]
    return tuple(dict.fromkeys(lines))


def _head(node: ast.AST) -> str:
    """Return the first line of a statement, or all of a simple one."""
    text = next(line for line in ast.unparse(node).splitlines() if not line.startswith("@"))
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} …"


class _Put(ast.NodeTransformer):
    def __init__(self, before: ast.AST, after: ast.AST) -> None:
        self._before, self._after = before, after

    def visit(self, node: ast.AST) -> ast.AST:
        return self._after if node is self._before else self.generic_visit(node)


class _Finder(ast.NodeVisitor):
    """Finds what can be changed; annotations, decorators, docstrings, assertions and what only types need stay."""

    def __init__(self) -> None:
        self.found: list[_Place] = []
        self._scope: list[str] = []
        self._statement: ast.stmt = ast.Pass()

    def generic_visit(self, node: ast.AST) -> None:
        outer = self._statement
        if isinstance(node, ast.stmt):
            self._statement = node
        if isinstance(node, ast.expr | ast.stmt) and _variants(node):
            self.found.append(_Place(node, ".".join(self._scope) or "module", self._statement))
        super().generic_visit(node)
        self._statement = outer

    def visit_Module(self, node: ast.Module) -> None:
        for statement in _without_docstring(node.body):
            self.visit(statement)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._scope.append(node.name)
        self._statement = node
        for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(default)
        for statement in _without_docstring(node.body):
            self.visit(statement)
        self._scope.pop()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._scope.append(node.name)
        for statement in _without_docstring(node.body):
            self.visit(statement)
        self._scope.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._statement = node
            self.visit(node.value)

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self.generic_visit(node)

    def visit_Assert(self, node: ast.Assert) -> None:
        pass

    def visit_Import(self, node: ast.Import) -> None:
        pass

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        pass

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        pass  # sentences: their facts are computed elsewhere


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if is_text else body


def _variants(node: ast.AST) -> list[ast.expr | ast.stmt]:
    made = [*_of_statement(node), *_of_comparison(node), *_of_expression(node)]
    return [ast.copy_location(other, node) for other in made]


def _of_statement(node: ast.AST) -> Iterator[ast.stmt]:
    match node:
        case ast.If(test=test) if not isinstance(test, ast.Compare | ast.UnaryOp | ast.BoolOp):
            yield ast.If(_not(test), node.body, node.orelse)
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield ast.Return(ast.Constant(None))
        case ast.Raise() | ast.AugAssign() | ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()


def _of_comparison(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(ops=[op]):
            for other in OTHER_COMPARISONS[type(op)]:
                yield ast.Compare(node.left, [other()], node.comparators)
        case ast.Compare(ops=[one, two]):
            yield ast.Compare(node.left, [OTHER_COMPARISONS[type(one)][0](), two], node.comparators)
            yield ast.Compare(node.left, [one, OTHER_COMPARISONS[type(two)][0]()], node.comparators)
        case ast.BoolOp(op=op):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), node.values)


def _of_expression(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.BinOp(op=op) if type(op) in OTHER_ARITHMETIC:
            yield ast.BinOp(node.left, OTHER_ARITHMETIC[type(op)](), node.right)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.IfExp(test=test):
            yield ast.IfExp(_not(test), node.body, node.orelse)
        case ast.Constant(value=value):
            yield from _other_constants(value)


def _other_constants(value: object) -> Iterator[ast.expr]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield ast.Constant(value + 1)
    elif isinstance(value, str) and value and " " not in value:
        yield ast.Constant(f"{value}x")


def _not(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
