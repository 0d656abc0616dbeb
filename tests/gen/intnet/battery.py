"""Small instances of every node, and what each node means, as plain loops.

A new node needs a line in `CASES` for each way it can be used, one in `LOOPS`, and one for each
thing it refuses in `REFUSED`; `test_battery.py` checks all of them alike.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from gen.intnet.network import (
    NEVER,
    Add,
    Argmax,
    Concat,
    Conv,
    IntNet,
    Levels,
    Linear,
    Max,
    Node,
    Table,
    Words,
)
from tests.gen.intnet.nets import i8, i32

__all__ = ["CASES", "LOOPS", "REFUSED"]

Rows: TypeAlias = list[list[int]]


def ramp(*shape: int, low: int = -3, high: int = 3) -> np.ndarray:
    """Values that go up and down, int8."""
    span = high - low + 1
    return i8(low + np.arange(np.prod(shape)) * 5 % span).reshape(shape)


def linear(weight: object, bias: object, source: str = "x", name: str = "sums") -> Linear:
    return Linear(name, (source,), np.array(weight).astype(int), i32(bias))


def conv(weight: np.ndarray, shape: tuple[int, int, int], *how: Any) -> Conv:
    return Conv("conv", ("x",), weight, i32(np.arange(len(weight)) - 1), shape, *how)


def levels(edges: object, codes: object, bits: int, signed: bool, source: str = "x") -> Levels:
    return Levels("levels", (source,), i32(edges), np.array(codes), bits=bits, signed=signed)


def table(wiring: object, tables: np.ndarray, width: int, *kind: Any) -> Table:
    bits, signed = kind or (1, False)
    return Table("table", ("x",), i32(wiring), tables, width, bits=bits, signed=signed)


def words(first: object, width: object, signed: object) -> Words:
    return Words("words", ("x",), i32(first), i8(width), i8(signed))


def net(size: int, nodes: Node | tuple[Node, ...], bits: int = 1, signed: bool = False) -> IntNet:
    return IntNet(size, nodes if isinstance(nodes, tuple) else (nodes,), bits, signed)


SUMS = linear([[1, 2, -3], [-1, 0, 1], [4, -4, 4]], [0, -2, 1])
STEPS = i32([[1, 3], [0, 2], [1, 1]])
CODES = Levels("codes", ("x",), STEPS, i8([[0, 2, 1], [3, 0, 1], [0, 1, 3]]), bits=2)
TERNARY = Levels("ternary", ("x",), i32([[1, 3]] * 3), i8([[-1, 0, 1]] * 3), bits=2, signed=True)
MIXED = (CODES, TERNARY, Concat("all", ("codes", "ternary"), 6))
SEQUENCE = np.arange(16, dtype=np.int8)

CASES: dict[str, IntNet] = {
    "linear, binary weights": net(5, linear(ramp(3, 5, low=-1, high=1) | 1, [0, 3, -3])),
    "linear, ternary weights": net(6, linear(ramp(4, 6, low=-1, high=1), [0, 1, -1, 5])),
    "linear, extreme weights": net(3, linear([[-128, 127, 0], [127, 127, -128]], [500, -500]), 2),
    "linear, signed codes": net(3, linear(ramp(3, 3), [0, 1, 2]), 3, True),
    "linear, no weights": net(3, linear(np.zeros((2, 3)), [4, -4])),
    "linear of sums": net(3, (SUMS, linear(ramp(2, 3), [1, 0], "sums", "more")), 2),
    "conv, one dimension": net(8, conv(ramp(2, 1, 1, 3), (1, 1, 8), (1, 2))),
    "conv, two dimensions": net(9, conv(ramp(2, 1, 2, 2), (1, 3, 3))),
    "conv, padded": net(6, conv(ramp(1, 1, 3, 3), (1, 2, 3), (1, 1), (1, 1))),
    "conv, strides and padding of two sizes": net(
        10, conv(ramp(2, 1, 2, 3), (1, 5, 2), (2, 1), (0, 2))
    ),
    "conv, channels": net(8, conv(ramp(3, 2, 2, 1), (2, 2, 2))),
    "conv, groups": net(8, conv(ramp(4, 2, 1, 2), (4, 1, 2), (1, 1), (0, 1), 2)),
    "conv, depthwise": net(6, conv(ramp(4, 1, 1, 2), (2, 1, 3), (1, 1), (0, 0), 2), 2),
    "conv, signed codes": net(4, conv(ramp(2, 1, 1, 2), (1, 2, 2), (1, 1), (1, 0)), 3, True),
    "conv, extreme weights": net(4, conv(i8([[[[-128, 127]]]]), (1, 2, 2)), 3),
    "words, unsigned and signed": net(7, words([0, 3, 0, 3], [3, 4, 7, 4], [0, 1, 0, 0])),
    "words of one bit and of none": net(3, words([2, 1, 0, 3], [1, 1, 0, 0], [0, 1, 1, 0])),
    "levels of words": net(
        6,
        (
            words([0, 2, 5], [5, 4, 1], [1, 0, 0]),
            levels(
                [[-3, 4], [7, NEVER], [1, NEVER]],
                [[0, 1, 0], [0, 1, 1], [0, 1, 1]],
                1,
                False,
                "words",
            ),
        ),
    ),
    "levels, no edge": net(2, levels(np.zeros((2, 0)), [[1], [0]], 1, False), 2),
    "levels, one edge": net(
        3, (SUMS, levels([[0]] * 3, [[0, 1], [1, 0], [1, 1]], 1, False, "sums"))
    ),
    "levels, four bits": net(1, levels([range(-7, 8)], [SEQUENCE], 4, False), 5, True),
    "levels, signed and not monotone": net(
        2, levels([[-1, 0, 2], [-2, -2, 1]], [[3, -4, 0, -1], [-1, 0, 2, -3]], 3, True), 3, True
    ),
    "levels, padded edges": net(
        2, levels([[2, NEVER], [NEVER, NEVER]], [[0, 1, 0], [1, 0, 0]], 1, False), 3
    ),
    "table, one input": net(3, table([[2], [0], [0]], i8([[0, 1], [1, 0], [1, 1]]), 1)),
    "table, two inputs": net(4, table([[1, 3], [2, 2]], i8([[0, 1, 1, 0], [0, 1, 0, 1]]), 1)),
    "table, six inputs": net(8, table([[7, 5, 3, 1, 0, 2]], ramp(1, 64, low=0, high=1), 1)),
    "table, signed codes of two bits": net(
        4, table([[0, 3], [2, 1]], ramp(2, 16), 2, 3, True), 2, True
    ),
    "table, codes of three bits": net(
        3, table([[2, 0]], ramp(1, 64, low=0, high=7), 3, 3, False), 3
    ),
    "concat of one": net(3, (CODES, Concat("all", ("codes",), 3)), 3),
    "concat of codes of two widths": net(3, (CODES, Concat("all", ("codes", "x", "x"), 9)), 3),
    "concat of signed and unsigned": net(3, MIXED, 3),
    "concat of sums and codes": net(3, (SUMS, Concat("all", ("x", "sums"), 6)), 3),
    "add of one": net(3, Add("sum", ("x",), 3), 2, True),
    "add of codes": net(3, (CODES, TERNARY, Add("sum", ("codes", "ternary", "codes"), 3)), 3),
    "add of sums and codes": net(3, (SUMS, Add("sum", ("x", "sums"), 3)), 2, True),
    "max of codes": net(4, Max("max", ("x",), i32([[0, 1], [3, 3]])), 2),
    "max of bits": net(6, Max("max", ("x",), i32([[0, 1, 2], [3, 4, 4]]))),
    "max of signed codes": net(3, Max("max", ("x",), i32([[2, 0, 1], [1, 1, 1]])), 3, True),
    "max of sums": net(3, (SUMS, Max("max", ("sums",), i32([[0, 1, 2], [1, 0, 0]]))), 2),
    "max of two widths": net(
        3, (CODES, Concat("all", ("codes", "x"), 6), Max("max", ("all",), i32([[0, 5], [3, 4]]))), 3
    ),
    "max of signed and unsigned": net(
        3, (*MIXED, Max("max", ("all",), i32([[0, 3, 1], [4, 2, 2]]))), 3
    ),
    "argmax of signed and unsigned": net(3, (*MIXED, Argmax("class", ("all",))), 3),
    "argmax of sums": net(3, (SUMS, Argmax("class", ("sums",))), 2),
    "argmax of codes": net(5, Argmax("class", ("x",)), 2),
    "argmax of signed codes": net(3, Argmax("class", ("x",)), 3, True),
    "argmax of one": net(1, Argmax("class", ("x",)), 2),
    "linear, weights of 16 bits": net(
        2, linear([[-32768, 32767], [300, -1]], [7, -70_000]), 4, True
    ),
    "linear, codes of 10 bits": net(1, linear([[5], [-3], [0]], [1, 600, 9]), 10),
    "linear, signed codes of 12 bits": net(1, linear([[-129], [1]], [0, 3]), 12, True),
    "conv, weights of 16 bits": net(
        3, conv(np.array([[[[-900, 32767]]]]), (1, 1, 3), (1, 1), (0, 1)), 3
    ),
    "levels, unsigned codes of 8 bits": net(
        2, levels([[100, 200], [17, NEVER]], [[0, 255, 128], [129, 7, 0]], 8, False), 6
    ),
    "levels, codes of 16 bits": net(
        2,
        (
            linear([[700, -1], [1, 99]], [0, -9], name="n"),
            levels(
                [[-9, 0, 90], [-8, 7, 70]], [[0, 65535, 300, 1], [40000, 1, 2, 3]], 16, False, "n"
            ),
        ),
        5,
        True,
    ),
    "levels, more edges than are written in one another": net(
        1, levels([range(9, 279)], [np.arange(271) * 7 % 512], 9, False), 9
    ),
    "table, constants": net(
        2,
        (
            table(np.zeros((3, 0)), np.array([[65535], [0], [256]]), 1, 16, False),
            Concat("all", ("table", "x"), 5),
        ),
    ),
    "table, one input of 9 bits": net(
        1, table([[0]], (np.arange(512) * 37 % 1024 - 512)[None], 9, 10, True), 9
    ),
    "max of codes of 9 bits": net(
        2,
        (
            levels([[1, 2], [2, 3]], [[0, 511, 255], [256, 3, 510]], 9, False),
            Max("max", ("levels",), i32([[0, 1]])),
        ),
        2,
    ),
    "argmax that takes the last": net(4, Argmax("class", ("x",), last=True), 2, True),
    "argmax of sums that takes the last": net(
        3, (SUMS, Argmax("class", ("sums",), last=True), Argmax("first", ("sums",))), 2
    ),
    "argmax that is read": net(
        3, (Argmax("class", ("x",)), Add("twice", ("class", "class"), 1)), 2
    ),
}


# What each node means, element by element ---------------------------------------------------


def _linear(node: Linear, x: list[int]) -> list[int]:
    sums = []
    for o in range(len(node.bias)):
        total = int(node.bias[o])
        for i, value in enumerate(x):
            total += int(node.weight[o, i]) * value
        sums.append(total)
    return sums


def _conv(node: Conv, x: list[int]) -> list[int]:
    channels, high, wide = node.shape
    filters, per_group, rows, columns = node.weight.shape
    sums = []
    for f in range(filters):
        first = f * node.groups // filters * per_group
        for top in range(-node.padding[0], high + node.padding[0] - rows + 1, node.stride[0]):
            for left in range(
                -node.padding[1], wide + node.padding[1] - columns + 1, node.stride[1]
            ):
                total = int(node.bias[f])
                for c, r, k in np.ndindex(per_group, rows, columns):
                    if 0 <= top + r < high and 0 <= left + k < wide:
                        at = ((first + c) * high + top + r) * wide + left + k
                        total += int(node.weight[f, c, r, k]) * x[at]
                sums.append(total)
    return sums  # fmt: skip


def _words(node: Words, x: list[int]) -> list[int]:
    found = []
    for first, width, signed in zip(node.first, node.width, node.signed, strict=True):
        bits = [x[first + place] for place in range(width)]
        total = sum(bit << place for place, bit in enumerate(bits))
        found.append(total - (1 << width) if signed and width and bits[-1] else total)
    return found


def _levels(node: Levels, x: list[int]) -> list[int]:
    return [
        int(node.codes[i, sum(int(edge) <= value for edge in node.edges[i])])
        for i, value in enumerate(x)
    ]


def _table(node: Table, x: list[int]) -> list[int]:
    found = []
    for i, wiring in enumerate(node.wiring.tolist()):
        bits = [x[element] >> place & 1 for element in wiring for place in range(node.width)]
        found.append(int(node.tables[i, int("0" + "".join(map(str, reversed(bits))), 2)]))
    return found


def _argmax(node: Argmax, x: list[int]) -> list[int]:
    found = [at for at, value in enumerate(x) if value == max(x)]
    return [found[-1 if node.last else 0]]


LOOPS: dict[type[Node], Callable[..., list[int]]] = {
    Linear: _linear,
    Conv: _conv,
    Words: _words,
    Levels: _levels,
    Table: _table,
    Concat: lambda _, *given: [value for one in given for value in one],
    Add: lambda _, *given: [sum(values) for values in zip(*given, strict=True)],
    Max: lambda node, x: [max(x[at] for at in row) for row in node.wiring.tolist()],
    Argmax: _argmax,
}


# What each node refuses: the case whose last node is changed, the change, the message -------

LINEAR, CONV, LEVELS = "linear, ternary weights", "conv, padded", "levels, one edge"
TABLE, MAX, WORDS = "table, two inputs", "max of codes", "words, unsigned and signed"
WIDE = {"wiring": np.zeros((1, 17), np.int32), "tables": np.zeros((1, 1 << 17), np.int8)}

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (LINEAR, {"weight": np.ones((4, 6))}, "sums: weight is float64, expected integers"),
    (LINEAR, {"weight": np.full((4, 6), np.nan)}, "sums: weight is float64, expected integers"),
    (LINEAR, {"weight": i8(np.ones(6))}, "sums: weight of shape (6,), expected (*, 6)"),
    (LINEAR, {"weight": i8(np.ones((4, 5)))}, "sums: weight of shape (4, 5), expected (*, 6)"),
    (LINEAR, {"bias": np.zeros(4)}, "sums: bias is float64, expected integers"),
    (LINEAR, {"bias": i32([0])}, "sums: bias of shape (1,), expected (4,)"),
    (LINEAR, {"bias": i32([0, 0, 1 << 24, 0])},
     "sums[2]: sums reach 16777216; float32 would round them"),
    (LINEAR, {"bias": np.array([0, 0, 0, 1 << 31])},
     "sums: bias[3] is 2147483648; it has to fit int32"),
    (LINEAR, {"weight": np.full((4, 6), -32769)},
     "sums: weight[0, 0] is -32769; weights have up to 16 bits"),
    (LINEAR, {"inputs": ("y",)}, "sums: reads ['y'], which are not one earlier signal of x"),
    (LINEAR, {"inputs": ("sums",)}, "sums: reads ['sums'], which are not one earlier signal of x"),
    (LINEAR, {"inputs": ("x", "x")},
     "sums: reads ['x', 'x'], which are not one earlier signal of x"),
    (CONV, {"shape": (1, 2, 4)}, "conv: shape (1, 2, 4), but its input has 6"),
    (CONV, {"weight": np.full((1, 1, 3, 3), 1 << 15)},
     "conv: weight[0, 0, 0, 0] is 32768; weights have up to 16 bits"),
    (CONV, {"weight": i8(np.ones((1, 2, 3, 3)))},
     "conv: weight of shape (1, 2, 3, 3), expected (*, 1, *, *)"),
    (CONV, {"weight": i8(np.ones((1, 1, 3)))},
     "conv: weight of shape (1, 1, 3), expected (*, 1, *, *)"),
    (CONV, {"weight": i8(np.ones((1, 1, 5, 1)))}, "conv: a kernel of (5, 1) does not fit (2, 3)"),
    (CONV, {"bias": i32([0, 0])}, "conv: bias of shape (2,), expected (1,)"),
    (CONV, {"bias": i32([1 << 24])}, "conv[1]: sums reach 16777216; float32 would round them"),
    (CONV, {"stride": (0, 1)}, "conv: stride (0, 1), padding (1, 1), groups 1: of these"
     " strides and groups are at least 1, padding at least 0"),
    (CONV, {"padding": (0, -1)}, "conv: stride (1, 1), padding (0, -1), groups 1: of these"
     " strides and groups are at least 1, padding at least 0"),
    (CONV, {"groups": 2}, "conv: 1 channels in 2 groups"),
    ("conv, groups", {"weight": ramp(3, 2, 1, 2), "bias": i32([0, 0, 0])},
     "conv: 3 filters in 2 groups"),
    (CONV, {"padding": (1, 1 << 23)}, "conv: 33554434 sums; 4194304 at most"),
    (WORDS, {"first": np.zeros(4)}, "words: first is float64, expected integers"),
    (WORDS, {"width": i8([3, 4, 7])}, "words: width of shape (3,), expected (4,)"),
    (WORDS, {"signed": i8([0, 1, 2, 0])}, "words: signed[2] is 2; it is 0 or 1"),
    (WORDS, {"width": i8([3, 4, 17, 4])},
     "words: width[2] is 17; an integer has up to 16 bits"),
    (WORDS, {"width": i8([3, -4, 7, 4])},
     "words: width[1] is -4; an integer has up to 16 bits"),
    (WORDS, {"first": i32([0, 3, 0, 4])}, "words[3]: bits 4 to 7 of an input that has 7"),
    (WORDS, {"first": i32([0, -1, 0, 4])}, "words[1]: bits -1 to 2 of an input that has 7"),
    (LEVELS, {"edges": np.zeros((3, 1))}, "levels: edges is float64, expected integers"),
    (LEVELS, {"codes": np.zeros((3, 2))}, "levels: codes is float64, expected integers"),
    (LEVELS, {"edges": i32([[0]] * 2)},
     "levels: edges (2, 1) and codes (3, 2), expected (3, L) and (3, L + 1)"),
    (LEVELS, {"codes": i8([[0, 1]] * 2)},
     "levels: edges (3, 1) and codes (2, 2), expected (3, L) and (3, L + 1)"),
    (LEVELS, {"codes": i8([[0, 1], [0, 1], [1, 2]])},
     "levels[2]: codes [1, 2] do not fit 1 bits (unsigned)"),
    (LEVELS, {"edges": i32([[0, 1], [1, 0], [0, 0]]), "codes": i8([[0, 1, 0]] * 3)},
     "levels[1]: edges [1, 0] do not ascend"),
    (LEVELS, {"edges": i32([range(20)] * 3), "codes": i8([range(21)] * 3)},
     "levels[0]: codes [0, 1, 2, 3, ..., 19, 20] do not fit 1 bits (unsigned)"),
    (LEVELS, {"bits": 17}, "levels: codes of 17 bits; 1 to 16 are allowed"),
    (TABLE, {"wiring": np.zeros((2, 2))}, "table: wiring is float64, expected integers"),
    (TABLE, {"wiring": np.zeros((2, 2), bool)}, "table: wiring is bool, expected integers"),
    (TABLE, {"wiring": np.zeros((0, 0), np.int32), "tables": i8(np.zeros((0, 1)))},
     "table: wiring is empty, of shape (0, 0)"),
    (TABLE, {"wiring": i32([0, 1])}, "table: wiring of shape (2,), expected (*, *)"),
    (TABLE, {"wiring": i32([[0, 1], [0, 4]])},
     "table: wiring[1, 1] is 4; its input has 4 elements"),
    (TABLE, {"wiring": i32([[0, -1], [0, 1]])},
     "table: wiring[0, 1] is -1; its input has 4 elements"),
    (TABLE, {"tables": np.zeros((2, 4))}, "table: tables is float64, expected integers"),
    (TABLE, {"tables": i8(np.zeros((2, 8)))}, "table: tables of shape (2, 8), expected (2, 4)"),
    (TABLE, {"tables": i8([[0, 0, 0, 0], [0, 1, 2, 0]])},
     "table[1]: codes [0, 1, 2, 0] do not fit 1 bits (unsigned)"),
    (TABLE, WIDE, "table: tables of 17 input bits are too wide to list; 16 at most"),
    (TABLE, {"width": 2}, "table: addresses are made of 2-bit codes, its input 'x' has 1"),
    ("add of codes", {"size": 4}, "sum: size 4, its inputs have [3, 3, 3]"),
    ("add of sums and codes", {"inputs": ("x", "missing")},
     "sum: reads ['x', 'missing'], which are not earlier signals of x, sums"),
    ("concat of one", {"size": 4}, "all: size 4, its inputs have 3"),
    ("concat of one", {"inputs": ()}, "all: reads [], which are not earlier signals of x, codes"),
    (MAX, {"wiring": np.zeros((2, 2))}, "max: wiring is float64, expected integers"),
    (MAX, {"wiring": i32([[0, 1], [4, 0]])}, "max: wiring[1, 0] is 4; its input has 4 elements"),
    (MAX, {"wiring": i32(np.zeros((2, 0)))}, "max: wiring is empty, of shape (2, 0)"),
    ("argmax of sums", {"inputs": ("sums", "x")},
     "class: reads ['sums', 'x'], which are not one earlier signal of x, sums"),
]  # fmt: skip
