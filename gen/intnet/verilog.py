"""The naive baseline: an integer network as the plain Verilog that one would write by hand.

Each sum is written as terms added up, each activation as comparisons, the argmax as a chain of
comparisons: what the synthesis tool makes of this is what Smelt is measured against.
"""

from collections.abc import Sequence

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
    for node in net.nodes:
        if isinstance(node, Linear):
            lines += _linear(net, node, codes[node.inputs[0]])
        elif isinstance(node, Levels):
            lines += _levels(net, node)
            name = _name(node.name)
            codes[node.name] = [f"{name}_{i}" for i in range(node.size)]
        elif isinstance(node, Argmax):
            lines += _argmax(net, bits)
    if scores:
        words = ", ".join(f"wide_{c}" for c in reversed(range(net.n_classes)))
        lines.append(f"  assign scores = {{{words}}};")
    return "\n".join([*lines, "endmodule", ""])


def _name(node: str) -> str:
    return node.replace(".", "_")


def _signed_width(low: int, high: int) -> int:
    return max((~low if low < 0 else low).bit_length(), high.bit_length()) + 1


def _codes(bus: str, size: int, bits: int, signed: bool) -> list[str]:
    slices = [f"{bus}[{i * bits + bits - 1}:{i * bits}]" for i in range(size)]
    if bits == 1:
        slices = [f"{bus}[{i}]" for i in range(size)]
    return [f"$signed({s})" if signed else f"$signed({{1'b0, {s}}})" for s in slices]


def _linear(net: IntNet, node: Linear, codes: Sequence[str]) -> list[str]:
    low, high = net.ranges[node.name]
    lines = []
    for out, row in enumerate(node.weight.tolist()):
        # Every partial sum fits the width of all terms' magnitudes together.
        reach = int(max(abs(low[out]), abs(high[out]))) + abs(int(node.bias[out]))
        width = _signed_width(-reach, reach) + 1
        terms = [_term(weight, codes[i]) for i, weight in enumerate(row) if weight]
        terms += [f"{'+' if node.bias[out] >= 0 else '-'} {abs(int(node.bias[out]))}"]
        parts = [terms[at : at + CHUNK] for at in range(0, len(terms), CHUNK)]
        name = f"{_name(node.name)}_{out}"
        for at, part in enumerate(parts):
            lines.append(f"  wire signed [{width - 1}:0] {name}_part{at} = 0 {' '.join(part)};")
        total = " + ".join(f"{name}_part{at}" for at in range(len(parts)))
        lines.append(f"  wire signed [{width - 1}:0] {name} = {total};")
    return lines


def _term(weight: int, code: str) -> str:
    sign = "+" if weight > 0 else "-"
    return f"{sign} {code}" if abs(weight) == 1 else f"{sign} {abs(weight)} * {code}"


def _levels(net: IntNet, node: Levels) -> list[str]:
    low, high = net.ranges[node.inputs[0]]
    lines = []
    for i in range(node.size):
        total = f"{_name(node.inputs[0])}_{i}"
        codes = node.codes[i].tolist()
        edges = [(edge, at) for at, edge in enumerate(node.edges[i].tolist()) if edge <= high[i]]
        start = max((at + 1 for edge, at in edges if edge <= low[i]), default=0)
        value = str(codes[start])
        for edge, at in edges[start:]:
            value = f"({total} >= {edge}) ? {codes[at + 1]} : {value}"
        kind = f"signed [{node.bits - 1}:0]" if node.signed else f"signed [{node.bits}:0]"
        lines.append(f"  wire {kind} {_name(node.name)}_{i} = {value};")
    return lines


def _argmax(net: IntNet, bits: int) -> list[str]:
    score, places = _name(net.score.name), net.class_width
    lines = []
    for c in range(net.n_classes):
        lines.append(f"  wire signed [{bits - 1}:0] wide_{c} = {score}_{c};")
    lines.append(f"  wire signed [{bits - 1}:0] best_0 = wide_0;")
    lines.append(f"  wire [{places - 1}:0] index_0 = 0;")
    for c in range(1, net.n_classes):
        lines += [
            f"  wire wins_{c} = wide_{c} > best_{c - 1};",
            f"  wire signed [{bits - 1}:0] best_{c} = wins_{c} ? wide_{c} : best_{c - 1};",
            f"  wire [{places - 1}:0] index_{c} = wins_{c} ? {c} : index_{c - 1};",
        ]
    lines.append(f"  assign index = index_{net.n_classes - 1};")
    return lines
