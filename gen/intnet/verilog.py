"""The naive baseline: an integer network as the plain Verilog that one would write by hand.

Each sum is written as terms added up (bits of negative weights inverted, the constant moved into
the threshold), each activation as comparisons, the argmax as a knock-out. Of six ways of writing
this that were measured, it is the smallest: 1,578 logic cells on a digits network against 1,651
with subtractions and 1,749 with signed sums. What synthesis makes of it is what Smelt is measured
against.
"""

from dataclasses import dataclass

from gen.intnet.network import Argmax, IntNet, Levels, Linear

__all__ = ["baseline_verilog"]

CHUNK = 12
"""Terms to an expression: Yosys's WebAssembly build overflows its stack on hundreds of terms."""


def baseline_verilog(net: IntNet, module: str = "baseline", scores: bool = False) -> str:
    """A combinational module: input `x`, outputs `index` (the class) and, if asked, `scores`."""
    width = net.n_inputs * net.input_bits
    bits = net.score_width
    ports = [f"input [{width - 1}:0] x", f"output [{net.class_width - 1}:0] index"]
    if scores:
        ports.append(f"output [{net.n_classes * bits - 1}:0] scores")
    lines = [f"module {module}({', '.join(ports)});"]
    codes = {"x": _codes("x", net.n_inputs, net.input_bits, net.input_signed)}
    shifts: dict[str, list[int]] = {}
    for node in net.nodes:
        if isinstance(node, Linear):
            written, shifts[node.name] = _linear(net, node, codes[node.inputs[0]])
            lines += written
        elif isinstance(node, Levels):
            lines += _levels(net, node, shifts[node.inputs[0]])
            names = [f"{_name(node.name)}_{i}" for i in range(node.size)]
            codes[node.name] = Codes(names, node.bits, node.signed)
        elif isinstance(node, Argmax):
            lines += _argmax(net)
    if scores:
        words = ", ".join(f"{_name(net.score)}_{c}" for c in reversed(range(net.n_classes)))
        lines.append(f"  assign scores = {{{words}}};")
    return "\n".join([*lines, "endmodule", ""])


@dataclass(frozen=True)
class Codes:
    """Verilog expressions for a vector of codes."""

    names: list[str]
    bits: int
    signed: bool

    @property
    def binary(self) -> bool:
        return self.bits == 1 and not self.signed

    def term(self, index: int, weight: int) -> str:
        """One product, with its sign; a binary code is counted inverted for a negative weight."""
        name, size = self.names[index], abs(weight)
        if self.binary:
            factor = name if weight > 0 else f"!{name}"
            return f"+ {factor}" if size == 1 else f"+ {size} * {factor}"
        number = f"$signed({name})" if self.signed else f"$signed({{1'b0, {name}}})"
        sign = "+" if weight > 0 else "-"
        return f"{sign} {number}" if size == 1 else f"{sign} {size} * {number}"


def _name(node: str) -> str:
    return node.replace(".", "_")


def _width(low: int, high: int) -> int:
    """Bits of two's complement for low..high."""
    return max((~low if low < 0 else low).bit_length(), high.bit_length()) + 1


def _codes(bus: str, size: int, bits: int, signed: bool) -> Codes:
    slices = [f"{bus}[{i * bits + bits - 1}:{i * bits}]" for i in range(size)]
    return Codes([f"{bus}[{i}]" for i in range(size)] if bits == 1 else slices, bits, signed)


def _offset(node: Linear, out: int, codes: Codes) -> int:
    """What the written terms lack to be the sum: the bias, and each inverted bit's weight."""
    row = node.weight[out].astype(int)
    return int(node.bias[out]) + (int(row[row < 0].sum()) if codes.binary else 0)


def _linear(net: IntNet, node: Linear, codes: Codes) -> tuple[list[str], list[int]]:
    """Declarations, and for each sum what is still to be added to what was written."""
    low, high = net.ranges[node.name]
    lines, shifts = [], []
    for out, row in enumerate(node.weight.tolist()):
        terms = [codes.term(i, weight) for i, weight in enumerate(row) if weight]
        offset = _offset(node, out, codes)
        counted = codes.binary and node.name != net.score
        kind = f"signed [{_width(int(low[out]), int(high[out])) - 1}:0]"
        if node.name == net.score:
            kind = f"signed [{net.score_width - 1}:0]"
        elif counted:
            kind = f"[{max(1, (int(high[out]) - offset).bit_length()) - 1}:0]"
        if offset and not counted:
            terms.append(f"{'-' if offset < 0 else '+'} {abs(offset)}")
        lines += _sum(f"{_name(node.name)}_{out}", kind, terms)
        shifts.append(offset if counted else 0)
    return lines, shifts


def _sum(name: str, kind: str, terms: list[str]) -> list[str]:
    parts = [terms[at : at + CHUNK] for at in range(0, len(terms), CHUNK)] or [["+ 0"]]
    if len(parts) == 1:
        return [f"  wire {kind} {name} = {' '.join(parts[0]).removeprefix('+ ')};"]
    lines = []
    for at, part in enumerate(parts):
        lines.append(f"  wire {kind} {name}_{at} = {' '.join(part).removeprefix('+ ')};")
    total = " + ".join(f"{name}_{at}" for at in range(len(parts)))
    return [*lines, f"  wire {kind} {name} = {total};"]


def _levels(net: IntNet, node: Levels, shifts: list[int]) -> list[str]:
    low, high = net.ranges[node.inputs[0]]
    lines = []
    for i in range(node.size):
        total, codes = f"{_name(node.inputs[0])}_{i}", node.codes[i].tolist()
        value = str(codes[sum(edge <= low[i] for edge in node.edges[i].tolist())])
        for at, edge in enumerate(node.edges[i].tolist()):
            if low[i] < edge <= high[i]:
                value = f"({total} >= {edge - shifts[i]}) ? {codes[at + 1]} : ({value})"
        kind = f"signed [{node.bits - 1}:0]" if node.signed else f"[{node.bits - 1}:0]"
        lines.append(f"  wire {kind} {_name(node.name)}_{i} = {value};")
    return lines


def _argmax(net: IntNet) -> list[str]:
    """A knock-out of the scores; the later one of a pair wins only if it is greater."""
    kind, places = f"signed [{net.score_width - 1}:0]", net.class_width
    field = [(f"{_name(net.score)}_{c}", f"{places}'d{c}") for c in range(net.n_classes)]
    lines: list[str] = []
    while len(field) > 1:
        ahead = []
        for (s0, i0), (s1, i1) in zip(field[0::2], field[1::2], strict=False):
            at = len(lines) // 3
            lines.append(f"  wire later_{at} = {s1} > {s0};")
            lines.append(f"  wire {kind} best_{at} = later_{at} ? {s1} : {s0};")
            lines.append(f"  wire [{places - 1}:0] index_{at} = later_{at} ? {i1} : {i0};")
            ahead.append((f"best_{at}", f"index_{at}"))
        field = ahead + field[len(field) & ~1 :]
    return [*lines, f"  assign index = {field[0][1]};"]
