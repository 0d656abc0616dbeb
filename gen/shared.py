"""A network as a time-shared core: its neurons in turn on one adder, for chips it does not fit.

The integer network becomes a program of `hw.sequencer`: weights that are not zero as terms, biases
folded into thresholds. Weighted sums (linear, convolution) of codes, levels of these, and an argmax
of sums at the end have a form here; any other node is refused by its name.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from amaranth.back import rtlil

from gen.errors import SmeltError
from gen.files import write_json, write_text
from gen.hdl import FORMAT, comment, made_by, output_words, verilog_text
from gen.intnet.files import load
from gen.intnet.network import Argmax, IntNet, Levels, Product, Words
from gen.intnet.products import Row
from gen.melt.melt import output_names
from gen.melt.values import bit_names
from hw.sequencer import End, Program, Sequencer, Term

__all__ = ["SharedError", "make_program", "write_shared"]


class SharedError(SmeltError):
    """A network has no time-shared form."""


def make_program(net: IntNet, outputs: Sequence[str] = (), block: bool = True) -> Program:
    """The program that computes a network's class, and its scores where `outputs` names them too.

    `block` puts it in block RAM, else in LUTs. Raises SharedError for a recurrent network, for
    nodes without a form, and for other outputs.
    """
    decision = _decision(net, outputs)
    loaded = _loaded(net)
    place = _addresses(net, len(loaded))
    where = {element: at for at, element in enumerate(loaded)}
    terms: list[Term] = []
    ends: list[End] = []
    reach = _reach(net)
    for node in net.nodes:
        if isinstance(node, (Levels, Argmax)):
            product = net.node(node.inputs[0])
            assert isinstance(product, Product)
            for at, row in enumerate(product.rows()):
                source = product.inputs[0]
                terms += _terms(row, where if source == "x" else None, place[source])
                final = node is decision and at == product.size - 1
                ends += _ends(node, at, row[2], reach, final)
    signals = [net.signals[name] for name in place]
    low = min(int(signal.low.min()) for signal in signals)
    high = max(int(signal.high.max()) for signal in signals)
    return Program(
        n_in=net.n_inputs,
        in_bits=net.input_bits,
        in_signed=net.input_signed,
        loaded=loaded,
        terms=tuple(terms),
        ends=tuple(ends),
        values=len(loaded) + sum(net.signals[name].size for name in place if name != "x"),
        bits=max(1, high.bit_length()) if low >= 0 else 1 + max(high, ~low).bit_length(),
        signed=low < 0,
        reach=reach,
        classes=net.n_classes,
        score_bits=net.score_width,
        scores_out=decision.inputs[0] in net.select(outputs)[0],
        block=block,
        last=decision.last,
    )


def _memory(net: IntNet, program: Program) -> dict[str, Any]:
    """Where activations lie in the value memory: behind the inputs, in this order. Each has the
    names of its bits and whether it is two's complement."""
    nodes = [node for node in net.nodes if isinstance(node, Levels)]
    stored = [
        [names, net.signals[node.name].signed]
        for node in nodes
        for names in bit_names(node.name, node.size, net.signals[node.name].bits)
    ]
    return {"first": len(program.loaded), "stored": stored}


def _decision(net: IntNet, outputs: Sequence[str]) -> Argmax:
    """The argmax at the end; raises SharedError where the network answers something else."""
    last = net.nodes[-1]
    if net.states:
        raise SharedError(f"state {net.states[0].name}: a recurrent network has no shared form")
    chosen, unknown = net.select(outputs)
    if unknown:
        raise SharedError(f"outputs {','.join(unknown)}: the network's are {','.join(net.outputs)}")
    if not isinstance(last, Argmax) or last.name not in chosen:
        raise SharedError(f"{last.name}: the shared form ends with an argmax, and answers it")
    other = [name for name in chosen if name not in (last.name, last.inputs[0])]
    if other:
        raise SharedError(f"output {other[0]}: the shared form answers the class and its scores")
    return last


def _loaded(net: IntNet) -> tuple[int, ...]:
    """The input elements that some weight reads; the first where there is none."""
    products = [node for node in net.nodes if isinstance(node, Product) and node.inputs == ("x",)]
    read = {element for node in products for row in node.rows() for element in row[0].tolist()}
    return tuple(sorted(read)) or (0,)


def _addresses(net: IntNet, loaded: int) -> dict[str, int]:
    """The address of every signal's first value: the inputs loaded, then the levels in order."""
    found, top = {"x": 0}, loaded
    for node in net.nodes:
        if isinstance(node, Product):
            fits = node.inputs[0] in found
        else:
            fits = isinstance(node, (Levels, Argmax)) and _of_sums(net, node.inputs[0])
        if not fits:
            raise SharedError(
                f"{node.name}: this {type(node).__name__} has no shared form; weighted sums of"
                " codes, levels of such sums, and an argmax of sums at the end have one"
            )
        if isinstance(node, Levels):
            found[node.name] = top
            top += node.size
    return found


def _of_sums(net: IntNet, name: str) -> bool:
    return any(node.name == name and isinstance(node, Product) for node in net.nodes)


def _reach(net: IntNet) -> int:
    """What no partial sum of any neuron exceeds in magnitude, its bias left out."""
    found = 1
    for node in net.nodes:
        if isinstance(node, Product):
            magnitude = net.signals[node.inputs[0]].magnitude
            sums = (int((abs(row[1]) * magnitude[row[0]]).sum()) for row in node.rows())
            found = max(found, *sums)
    return found


def _terms(row: Row, where: dict[int, int] | None, first: int) -> Iterator[Term]:
    """A neuron's terms; one of weight 0 where it has none.

    `where` says where an element lies; without it, they lie in order from `first` on.
    """
    elements, weights, _ = row
    places = [where[one] if where else first + one for one in elements.tolist()]
    pairs = list(zip(places, weights.tolist(), strict=True)) or [(0, 0)]
    for at, (place, weight) in enumerate(pairs, 1):
        yield Term(place, weight, at == len(pairs))


def _ends(node: Levels | Argmax, element: int, bias: int, reach: int, final: bool) -> Iterator[End]:
    """A neuron's ends: its bias where it is a score, else its codes and when they start."""
    if isinstance(node, Argmax):
        yield End(bias, score=True, final=final)
        return
    edges = [-reach, *(int(edge) - bias for edge in node.edges[element])]
    pairs = zip(edges, node.codes[element].tolist(), strict=True)
    steps = [(max(edge, -reach), code) for edge, code in pairs if edge <= reach]
    for at, (edge, code) in enumerate(steps, 1):
        yield End(edge, code, last=at == len(steps))


def _said(program: Program, recipe: str, words: Sequence[tuple[str, int]]) -> str:
    """The comment that core.v begins with."""
    cycles = program.latency
    placed = ", ".join(f"{name}:{width}" for name, width in words)
    where = "block RAM" if program.block else "LUTs"
    return comment(
        f"Module core: the network {recipe!r}, its neurons in turn on one adder.",
        [
            ("clk", "all registers follow its rising edge"),
            ("rst", "1: the core forgets what it was doing, and waits"),
            ("ready", "1: the core waits, and takes x where x_valid is 1"),
            (f"x[{program.n_in * program.in_bits - 1}:0]", "the network's input bits"),
            ("x_valid", "1: x is a vector; looked at where ready is 1"),
            ("y", f"the answer, words and their bits from y[0] on: {placed}; lowest bit first"),
            ("y_valid", f"1: y is the answer to the x of {cycles:,} cycles before"),
        ],
        [
            f"Latency {cycles:,} cycles, an answer in as many. Its program is in {where}.",
            f"Made by {made_by()}; make it again instead of changing it.",
        ],
    )


def write_shared(
    net_path: Path, out: Path, recipe: str, outputs: Sequence[str] = (), block: bool = True
) -> dict[str, Any]:
    """Write core.il, core.v and core.json of the shared form; returns core.json's value.

    core.json is that of `gen.hdl.write_core` with the `interval` in cycles between two inputs, and
    the size of the program. Raises NetError, SharedError, ToolNotFound, ToolFailed.
    """
    net = load(net_path)
    program = make_program(net, outputs, block)
    text = rtlil.convert(Sequencer(program), name="core", emit_src=False)
    chosen, _ = net.select(outputs)
    names = [bit for name in chosen for word in output_names(net, name) for bit in word]
    verilog = _said(program, recipe, output_words(names)) + verilog_text(text, out)
    description = {
        "format": FORMAT,
        "family": "plain",
        "module": "core",
        "form": "shared",
        "latency": program.latency,
        "interval": program.latency,
        "inputs": program.n_in * program.in_bits,
        "outputs": [list(word) for word in output_words(names)],
        "registers": 0,
        "live_inputs": [
            element * program.in_bits + bit
            for element in program.loaded
            for bit in range(program.in_bits)
        ],
        "reset": None,
        "score_signed": True,
        "recipe": recipe,
        "digest": hashlib.sha256(net_path.read_bytes() + text.encode()).hexdigest(),
        "layers": [],
        "memory": _memory(net, program),
        "program": {
            "terms": len(program.terms),
            "ends": len(program.ends),
            "bits": program.rom_bits,
            "in": "block RAM" if block else "LUTs",
        },
    }
    if any(isinstance(node, Words) for node in net.nodes):
        description["encoder_included"] = True
    for name, content in (("core.il", text), ("core.v", verilog)):
        write_text(out / name, content)
    write_json(out / "core.json", description)
    return description
