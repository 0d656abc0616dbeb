"""`python -m gen map`: graph to LUT cells, named, layered and cut into pipeline stages."""

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gen.console import amount

if TYPE_CHECKING:
    from gen.logic.graph import Graph
    from gen.map.forms import Forms
    from gen.map.netlist import Netlist

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Map the simplified graph to LUT4 cells, prove the result, find the activations in it,"
        " and place pipeline registers."
    )
    parser.add_argument(
        "--graph",
        type=Path,
        required=True,
        help="graph.aig, beside sections.aig, melted.aig and the network, net.npz (where that is"
        " missing, counts are mapped as they were melted)",
    )
    parser.add_argument("--out", type=Path, required=True, help="netlist to write, mapped.json")
    parser.add_argument("--k", type=int, default=4, help="LUT inputs (default: %(default)s)")
    parser.add_argument(
        "--stage-depth",
        type=int,
        default=22,
        help="most LUTs between two registers: 1 is fully pipelined (default: %(default)s, which"
        " closes 12 MHz on UP5K)",
    )
    parser.add_argument(
        "--fmax",
        type=amount,
        metavar="MHZ",
        help="choose the stage depth for this clock, by what was measured of --device",
    )
    parser.add_argument(
        "--device", default="iCE40UP5K", help="for --fmax: its name (default: %(default)s)"
    )
    parser.add_argument(
        "--care",
        action=argparse.BooleanOptionalAction,
        help="use what valid inputs cannot be (the care set of graph.json) and, where there is an"
        " invariant.json, what the states of a recurrent network cannot be: the netlist is then"
        " proved equal on these only (default: what is shown to hold of all that the encoder in"
        " net.npz gives is used)",
    )
    parser.add_argument(
        "--trust-data",
        type=Path,
        metavar="VECTORS",
        help="also write trusted.json, a netlist that need only answer these vectors as before"
        " (gen vectors --part train): not equivalent, with a report of what it changes",
    )
    parser.add_argument(
        "--held-out", type=Path, help="vectors for that report (default: vectors.npz beside graph)"
    )


def run(args: argparse.Namespace) -> None:
    """Map, name, pipeline, and write the netlist."""
    from gen.commands.cared import use_care
    from gen.console import say
    from gen.data.care import groups_of
    from gen.files import write_json
    from gen.map.forms import read_forms
    from gen.map.luts import map_luts
    from gen.map.names import name_activations
    from gen.map.proofs import made_of
    from gen.melt.sidecar import read_sidecar

    depth, start = _depth(args), time.monotonic()
    forms = _with_counts(read_forms(args.graph), args.graph, args.k, depth)
    sidecar, _, states = read_sidecar(args.graph.with_suffix(".json"))
    netlist, flow = map_luts(
        forms.flat, forms.sectioned, args.k, 300, depth, forms.joined, forms.shown, forms.counted
    )
    other = made_of(flow)
    through = {"through": other} if other else {}
    say(f"map: {len(netlist.cells):,} LUT{args.k}, {netlist.depth} deep, proved, by `{flow}`")
    used = use_care(netlist, args.graph, sidecar, forms.flat, args.care, depth)
    netlist, proof, care = used.netlist, used.proof, used.care
    if args.trust_data:
        _write_trusted(args, netlist)
    registers = tuple((s.name, s.next, s.reset) for s in states)
    feedback = tuple(sidecar.get("feedback", ()))
    netlist = replace(netlist, registers=registers, feedback=feedback)
    sensors = [(first, width) for first, width in sidecar.get("sensors", ())]
    named_in = _named_in(args, forms, other) if other else (forms.sectioned[1], set[str]())
    named = name_activations(netlist, named_in[0], sensors, named_in[1], groups_of(care))
    staged, flops = _staged(named, depth, bool(sensors))
    _keep_counts(args, forms, other)
    staged.write(args.out, proof=proof, care=care, flow=flow, pipeline_registers=flops, **through)
    write_json(args.out.with_suffix(".times"), {"seconds": round(time.monotonic() - start, 2)})


def _depth(args: argparse.Namespace) -> int:
    """Most LUTs between two registers; raises MapError where it or --k is none that is known."""
    from gen.map.luts import MapError
    from gen.map.speed import depth_for

    if not 2 <= args.k <= 6:
        raise MapError(f"--k {args.k}: LUTs of 2 to 6 inputs are mapped")
    depth: int = depth_for(args.fmax, args.device) if args.fmax else args.stage_depth
    if depth < 1:
        raise MapError(f"--stage-depth {depth}: at least one LUT stands between registers")
    return depth


def _staged(named: "Netlist", depth: int, encoded: bool) -> "tuple[Netlist, int]":
    """The netlist without registers that nothing reads, in stages, and the registers of these;
    says what it has, the encoder apart where one is on the chip."""
    from gen.console import say
    from gen.map.names import ENCODER
    from gen.map.pipeline import count_registers, logic_cells, pipeline
    from gen.map.registers import without_unread

    needed = without_unread(named)
    unread = len(named.registers) - len(needed.registers)
    if unread:
        say(
            f"  {unread} registers that no answer depends on are left out:"
            f" {len(needed.cells):,} LUT{named.k}"
        )
    staged = pipeline(needed, depth)
    found = sum(cell.name is not None for cell in staged.cells)
    encoder = sum(cell.layer == ENCODER for cell in staged.cells)
    flops = count_registers(staged)
    stages = f"{staged.latency} stages of at most {depth} LUTs" if staged.latency > 1 else "1 stage"
    say(
        f"  {found} activations found again; {stages}, {flops} registers,"
        f" about {logic_cells(staged):,} logic cells"
    )
    if encoded:
        say(f"  encoder {encoder:,}, logic {len(staged.cells) - encoder:,} LUT{named.k}")
    return staged, flops


def _with_counts(forms: "Forms", path: Path, k: int, depth: int) -> "Forms":
    """The forms with one whose counts are made for LUTs of so many inputs in stages so deep;
    without, where there is no network beside graph.aig, or one of another graph, or no such
    form."""
    from gen.console import say
    from gen.intnet.files import load
    from gen.logic.aiger import read_aiger
    from gen.map.forms import differs
    from gen.map.pipeline import count_part
    from gen.map.proofs import WIDE, other_counts
    from gen.melt.forms import OtherForm, counted_form, parts_form, wide_form
    from gen.melt.melt import outputs_of

    word = other_counts(k)
    own, other = path.with_name("net.npz"), path.with_name("narrow.npz")
    if not own.exists():
        return forms
    net, melted = load(own), read_aiger(path.with_name("melted.aig"))
    narrow = load(other) if other.exists() else None
    outputs, part = outputs_of(net, melted), None if word == WIDE else count_part(depth)
    if part is None:
        made = wide_form(net, narrow, melted, outputs)
    else:
        made = parts_form(net, narrow, melted, outputs, part)
    if isinstance(made, OtherForm):
        made = differs(made.graph, forms.flat) or made
    if isinstance(made, str):
        if made:
            say(f"  {word}: not taken, {made}")
        return forms
    say(f"  {word}: a form of {made.graph.n_ands:,} ANDs; {made.how}")
    counted = None if part is None else counted_form(narrow or net, outputs, part)
    return forms.with_shown(word, made.graph, counted)


def _named_in(args: argparse.Namespace, forms: "Forms", file: str) -> "tuple[Graph, set[str]]":
    """Where the activations of a netlist are looked for that was made of another graph: in that
    one, except those whose codes are others there."""
    from gen.intnet.narrow import recoded
    from gen.map.proofs import SHOWN
    from gen.verify.narrowed import networks

    graph = next(forms.shown[word] for word, name in SHOWN.items() if name == file)
    return graph, recoded(*networks(args.graph.parent, file))


def _keep_counts(args: argparse.Namespace, forms: "Forms", file: str) -> None:
    """Write the graph of other counts beside the netlist that was made of it, and none beside
    another: as late as that, so that a mapping that fails leaves what there was."""
    from gen.logic.aiger import write_aiger
    from gen.map.proofs import SHOWN, other_counts

    word = other_counts(args.k)
    path = args.out.with_name(SHOWN[word])
    if file == SHOWN[word]:
        write_aiger(forms.shown[word], path)
    else:
        path.unlink(missing_ok=True)


def _write_trusted(args: argparse.Namespace, netlist: "Netlist") -> None:
    """Write trusted.json and say what it changes."""
    from gen.console import say
    from gen.map.trusted import compare, read_samples, trust

    held_out = args.held_out or args.graph.with_name("vectors.npz")
    trusted = trust(netlist, read_samples(args.trust_data, netlist).inputs)
    report = compare(netlist, trusted, read_samples(held_out, netlist))
    path = args.out.with_name("trusted.json")
    trusted.write(path, proof="none: data-driven don't-cares", report=report)
    say(f"  trusting data, NOT equivalent: {path}: {report}")
