"""A file of logic becomes an integer network of truth tables."""

import json
import re
from functools import partial
from typing import Any

import numpy as np

from gen.files import about
from gen.imports.circuit import Bit, count_nodes, nodes_of
from gen.imports.errors import ImportRefused
from gen.imports.gates.checks import (
    check_cells,
    check_loops,
    check_modules,
    check_wires,
    top_of,
    without_value,
)
from gen.imports.gates.netlist import Circuit, circuit_of
from gen.imports.gates.runtime import Second, runtime
from gen.imports.gates.said import Meaning, Order, meaning, order
from gen.imports.gates.source import read_source
from gen.imports.gates.tool import Box, Design, box
from gen.imports.imported import Imported
from gen.imports.inputs import with_inputs
from gen.imports.said import Said
from gen.intnet.network import Argmax, IntNet, Node, Words
from gen.tools.abc import prove_equal

__all__ = ["read"]

FLAT = "write_json flat.json"
LUT = 4
"""Inputs of the tables that ABC covers the logic with."""


def read(said: Said) -> Imported:
    """The network of a file of combinational logic, and the file's own answers beside it."""
    ports = order(said)
    with about(said.file, *said.described):
        source = read_source(said.file)
        with box(source) as folder:
            circuit, second = _circuit(folder, ports)
        means = meaning(said, circuit)
        x = [bit for port in circuit.inputs for bit in port.bits]
        nodes = [*nodes_of(x, circuit.luts, _wanted(circuit, means)), *_scores(means)]
    meta = {"name": said.file.stem, "classes": list(said.classes)}
    net = with_inputs(IntNet(len(x), tuple(nodes), meta=meta), said.options, said.place)
    note = f"{len(circuit.luts):,} tables of up to {LUT} inputs, {len(nodes)} nodes"
    return Imported(net, partial(runtime, source, circuit, means, second), notes=(note,))


def _circuit(folder: Box, ports: Order) -> tuple[Circuit, Second]:
    """The file read as tables, and read again as words and gates."""
    script = _script(folder.source.reader, ports.top)
    if re.search("[/%]", folder.source.text):  # Dividers take long: what they divide by is first.
        folder.run(script[: script.index(FLAT) + 1])
        _checked(folder, ports)
    try:
        folder.run(script)
    except ImportRefused:
        _checked(folder, ports)  # What is wrong with it says more than where Yosys stumbled.
        raise
    top = _checked(folder, ports)
    flat = folder.design("flat.json")
    circuit = circuit_of(folder.design("tables.json"), top, ports.inputs, ports.outputs)
    cells = len(flat["modules"][top]["cells"])
    return circuit, Second(_plain(flat, top, circuit), cells, folder.design("gates.json"), top)


def _script(reader: str, top: str | None) -> list[str]:
    """Yosys's commands. Only a name that was said, and is a plain one, is put into them."""
    return [
        *(reader, "proc -noopt -norom", "write_json modules.json"),
        *(f"hierarchy -check {'-auto-top' if top is None else f'-top {top}'}",),
        *("proc -noopt -norom", "flatten", FLAT, "design -save flat"),
        *("simplemap", "check", "design -load flat"),
        # What a full case does in no case is written as x: both ways are made, and proved equal.
        *("setundef -one", "techmap", "aigmap", "write_aiger one.aig", "design -load flat"),
        *("setundef -zero", "techmap", "opt_clean", "design -save bits"),
        *("aigmap", "write_json gates.json", "write_aiger zero.aig", "design -load bits"),
        *(f"abc -lut {LUT}", "opt_clean", "write_json tables.json"),
    ]


def _checked(folder: Box, ports: Order) -> str:
    """The name of the module that is the network; raises ImportRefused for what is none."""
    if not folder.has("modules.json"):
        return ""
    modules = folder.design("modules.json")
    top = top_of(modules, ports.top)
    check_modules(modules)
    if not folder.has("flat.json"):
        return top
    flat = folder.design("flat.json")["modules"]
    if top not in flat:
        raise ImportRefused(f"which module is the network? {top} or {', '.join(flat)}; say `top`")
    check_cells(flat[top])
    check_wires(flat[top])
    check_loops(folder.log)
    unknown = without_value(flat[top])
    both = folder.has("zero.aig") and folder.has("one.aig")
    if unknown and both and not prove_equal(folder.bytes("zero.aig"), folder.bytes("one.aig")):
        raise ImportRefused(unknown)
    return top


def _plain(flat: Design, top: str, circuit: Circuit) -> str:
    """The top module alone, its ports renamed `i0`, ..., `o0`, ... in the order of the circuit."""
    module = flat["modules"][top]
    names = {port.name: f"i{at}" for at, port in enumerate(circuit.inputs)}
    names |= {port.name: f"o{at}" for at, port in enumerate(circuit.outputs)}
    ports: dict[str, Any] = {names[name]: port for name, port in module["ports"].items()}
    attributes = {"top": "1"}
    kept = {"attributes": attributes, "ports": ports, "cells": module["cells"], "netnames": {}}
    return json.dumps({"modules": {"net": kept}})


def _wanted(circuit: Circuit, means: Meaning) -> list[Bit]:
    """The output bits in the order in which the scores read them; without scores all of them."""
    wires = [bit for port in circuit.outputs for bit in port.bits]
    return [wires[at] for group in means.groups for at in group] if means.groups else wires


def _scores(means: Meaning) -> list[Node]:
    """The nodes after `out`: counts or numbers, and which is largest."""
    if not means.groups:
        return []
    widths = [len(group) for group in means.groups]
    if not means.words:
        return count_nodes(widths, means.argmax)
    first = np.cumsum(widths) - widths
    signed = np.full(len(widths), means.signed, np.int8)
    words = first.astype(np.int32), np.array(widths, np.int8), signed
    made: list[Node] = [Words("score", ("out",), *words)]
    return [*made, Argmax("class", ("score",))] if means.argmax else made
