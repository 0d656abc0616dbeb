"""Mutants of a source: one small change each, found in its syntax tree, cut into its text.

What only speaks, measures time or sets a budget is left alone, and so are types and docstrings: a
change there alters no answer.
"""

import ast
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Mutant", "draw", "mutants_of"]

QUIET = {
    *("say", "log", "progress", "print", "warn", "tqdm", "bar"),
    *("add_argument", "add_parser", "set_defaults"),
    *("TypeVar", "cast"),
}
"""Calls that only speak, or type."""
TIME = {"time", "monotonic", "seconds", "spent", "taken"}
"""Names that keep time."""
BUDGETS = {
    *("LISTED", "MOST", "CHUNK", "COSTLY", "STEPS", "CELLS", "WORDS", "CONFLICTS", "SAMPLES"),
    *("SWEEP_SAMPLES", "ROUNDS", "VECTORS", "MOST_INPUTS", "MOST_NODES", "MOST_PAIRS", "WHOLE"),
    *("MOST_WORDS", "MOST_EQUAL", "MOST_SHIFTS", "PART", "PAYS", "NEW", "TRIES", "SMALL", "EACH"),
    *("RANDOM_VECTORS", "RANDOM_WORK", "RANDOM_CODES", "LISTED_BITS", "LISTED_VECTORS", "SHOWN"),
    *("SECONDS", "JOINED_BITS", "ID_BITS", "SPARE_BITS", "BETWEEN_COUNTS", "LEANING", "WAITING"),
    *("CROWDED", "AT_ONCE", "FEW"),
}
"""Constants that only say how much work is done."""
SHOW = {
    *("label", "total", "strict", "encoding", "text", "check", "parents", "exist_ok"),
    *("indent", "prefix"),
}
"""Keyword arguments that change no answer, or only make a defect of ours louder."""

COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
OPERATED: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.BitAnd: "|",
    ast.BitOr: "&",
    ast.BitXor: "&",
}
ORDERED: dict[type[ast.operator], str] = {
    ast.Sub: "-",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.Div: "/",
    ast.MatMult: "@",
}
ONE_LESS = {
    "skip the first": "list({})[1:]",
    "skip the last": "list({})[:-1]",
    "skip a middle one": "(lambda a: a[: len(a) // 2] + a[len(a) // 2 + 1 :])(list({}))",
}


@dataclass(frozen=True)
class Mutant:
    """Bytes `start` to `end` of a file become `new`. `block` is the line of the statement list that
    holds them, `where` the function's name."""

    path: str
    kind: str
    where: str
    line: int
    block: int
    start: int
    end: int
    old: str
    new: str

    def __str__(self) -> str:
        old, new = (" ".join(text.split()) for text in (self.old, self.new))
        return f"{self.path} {self.where}: `{old}` -> `{new}` ({self.kind})"

    def planted(self, source: str) -> str:
        """The source with this change."""
        text = source.encode()
        return (text[: self.start] + self.new.encode() + text[self.end :]).decode()


@dataclass(frozen=True)
class _Place:
    """Where in the tree a node stands: the function, its result's type, the statement list."""

    where: str
    returns: str
    block: int


Change = tuple[str, ast.AST, str]


def mutants_of(source: str, path: str) -> list[Mutant]:
    """All mutants of a source, in its order; each compiles, and means something else."""
    return [one for one in _candidates(source, path) if _another(source, one.planted(source))]


def _candidates(source: str, path: str) -> list[Mutant]:
    """The mutants, and changes that are none."""
    text, lines = source.encode(), [0]
    for line in text.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    found = []
    for place, (kind, node, new) in _changes(ast.parse(source), _Place("module", "", 0)):
        start = lines[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        end = lines[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        line: int = node.lineno  # type: ignore[attr-defined]
        old = text[start:end].decode()
        found.append(Mutant(path, kind, place.where, line, place.block, start, end, old, new))
    return found


def draw(sources: dict[str, str], count: int, seed: int) -> list[Mutant]:
    """So many mutants at most, module by module in turn; in a module the kinds in turn too."""
    drawn: list[Mutant] = []
    queues = [_shuffled(path, source, seed) for path, source in sorted(sources.items())]
    while queues and len(drawn) < count:
        taken = [next(queue, None) for queue in queues[: count - len(drawn)]]
        queues = [queue for queue, one in zip(queues, taken, strict=False) if one is not None]
        drawn += filter(None, taken)
    return sorted(drawn, key=lambda one: (one.path, one.start, one.new))


def _shuffled(path: str, source: str, seed: int) -> Iterator[Mutant]:
    """The mutants of a module, in an order that its name and the seed decide."""
    rng, kinds = random.Random(f"{seed} {path}"), defaultdict(list)
    for one in _candidates(source, path):
        kinds[one.kind].append(one)
    groups = [kinds[kind] for kind in sorted(kinds)]
    for group in groups:
        rng.shuffle(group)
    while groups:
        rng.shuffle(groups)
        for one in [group.pop() for group in groups]:
            if _another(source, one.planted(source)):
                yield one
        groups = [group for group in groups if group]


def _another(source: str, planted: str) -> bool:
    """Whether a changed source compiles, and to another tree."""
    try:
        return ast.dump(ast.parse(planted)) != ast.dump(ast.parse(source))
    except SyntaxError:
        return False


def _changes(node: ast.AST, place: _Place) -> Iterator[tuple[_Place, Change]]:
    """All changes below a node, each with its place."""
    if _left_alone(node):
        return
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        name = node.name if place.where == "module" else f"{place.where}.{node.name}"
        returns = node.returns if isinstance(node, ast.FunctionDef) else None
        place = _Place(name, ast.unparse(returns) if returns else "", place.block)
    yield from ((place, change) for change in _here(node, place))
    if isinstance(node, ast.Raise):
        return
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "bases"):
            continue
        inner = place
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt | ast.ExceptHandler):
            inner = _Place(place.where, place.returns, value[0].lineno)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, ast.AST):
                yield from _changes(one, inner)


def _left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr | ast.Assert | ast.Import | ast.ImportFrom):
        return True
    call = node.value if isinstance(node, ast.Expr) else node
    if isinstance(call, ast.Call) and _name(call.func) in QUIET:
        return True
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if {_name(one) for one in targets} & (BUDGETS | {"__all__"}):
            return True
    compound = isinstance(node, ast.stmt) and hasattr(node, "body")
    timed = isinstance(node, ast.stmt | ast.expr) and not compound
    return timed and any(_name(one) in TIME for one in ast.walk(node))


def _name(node: ast.AST) -> str:
    """The name that a node is or ends with, "" for others."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    found = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None)
    return found if isinstance(found, str) else ""


def _here(node: ast.AST, place: _Place) -> Iterator[Change]:
    """The changes of one node."""
    yield from _statement(node, place)
    if isinstance(node, ast.If | ast.IfExp) and not _left_alone(node.test):
        yield "negate a condition", node.test, f"(not ({ast.unparse(node.test)}))"
    if isinstance(node, ast.For | ast.comprehension):
        for kind, shape in ONE_LESS.items():
            yield kind, node.iter, shape.format(ast.unparse(node.iter))
    if isinstance(node, ast.comprehension):
        for test in node.ifs:
            yield "drop a condition", test, "True"
    if isinstance(node, ast.expr):
        yield from ((kind, node, f"({new})") for kind, new in _expression(node))


def _statement(node: ast.AST, place: _Place) -> Iterator[Change]:
    if isinstance(node, ast.Raise):
        yield "drop a raise", node, "pass"
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield "drop a call", node, "pass"
    elif isinstance(node, ast.AugAssign):
        yield "drop an assignment", node, "pass"
    elif isinstance(node, ast.Continue | ast.Break):
        yield "drop a jump", node, "pass"
    elif isinstance(node, ast.Return) and node.value is not None:
        value = node.value
        if place.returns == "bool":
            yield "return a constant", node, "return True"
            yield "return a constant", node, "return False"
        elif place.returns.endswith("| None"):
            yield "return a constant", node, "return None"
        if isinstance(value, ast.Call) and value.args:
            yield "return the argument", node, f"return {ast.unparse(value.args[0])}"


def _expression(node: ast.expr) -> Iterator[tuple[str, str]]:
    """Kinds and texts that an expression can become."""
    if isinstance(node, ast.BoolOp):
        other = " or " if isinstance(node.op, ast.And) else " and "
        yield "swap and, or", other.join(f"({ast.unparse(one)})" for one in node.values)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = ast.unparse(node.left), ast.unparse(node.comparators[0])
        yield "another comparison", f"({left}) {COMPARED[type(node.ops[0])]} ({right})"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        yield "drop a not", ast.unparse(node.operand)
    elif isinstance(node, ast.BinOp):
        left, right = f"({ast.unparse(node.left)})", f"({ast.unparse(node.right)})"
        if type(node.op) in OPERATED:
            yield "another operator", f"{left} {OPERATED[type(node.op)]} {right}"
        if type(node.op) in ORDERED:
            yield "swap the operands", f"{right} {ORDERED[type(node.op)]} {left}"
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "another constant", str(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield "another constant", str(node.value + 1)
        yield "another constant", str(node.value - 1)
    elif isinstance(node, ast.Call):
        for at, keyword in enumerate(node.keywords):
            if keyword.arg not in SHOW:
                rest = node.keywords[:at] + node.keywords[at + 1 :]
                yield "drop a keyword", ast.unparse(ast.Call(node.func, node.args, rest))
