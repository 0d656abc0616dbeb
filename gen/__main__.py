"""`python -m gen COMMAND`: one command for each step from recipe to HDL."""

import argparse
import sys
from importlib import import_module

from gen.commands.steps import recorded
from gen.console import main

COMMANDS = {
    "recipe": "data of one's own -> a first recipe",
    "estimate": "before training: LUTs of a recipe, boards that they fit, minutes of training",
    "train": "recipe -> model.safetensors, model.json",
    "weights": "a trained model -> the weights that its recipe is shipped with",
    "compare": "training schedules of a recipe side by side -> compare.txt, .json, .png",
    "sweep": "ranges of a recipe's keys, goals, a budget -> the best recipes",
    "freeze": "trained model -> net.npz, the integer network",
    "import": "a model from elsewhere -> net.npz, the integer network",
    "vectors": "inputs and what PyTorch answers -> vectors.npz",
    "melt": "net.npz -> melted.aig",
    "simplify": "melted.aig -> sections.aig, graph.aig, ledger.json",
    "invariant": "what always holds of a recurrent network's states -> invariant.json",
    "map": "graph.aig -> mapped.json",
    "predict": "what the logic of a build answers",
    "ask": "questions about the logic of a build, answered with witnesses and proofs",
    "hdl": "mapped.json -> core.v, core.il, core.json",
    "share": "net.npz -> core.v, core.il, core.json of the time-shared form",
    "ip": "a build's core as a part: Verilog, wrapper, data sheet, benches -> ip/",
    "verify": "prove that what the steps wrote is what PyTorch answers",
}

MODULES = {"import": "import_net"}


def parser(prog: str = "python -m gen") -> argparse.ArgumentParser:
    """The parser of all commands; each adds its own arguments."""
    top = argparse.ArgumentParser(prog=prog, description="From a recipe to HDL.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        module = import_module(f"gen.commands.{MODULES.get(name, name)}")
        command = commands.add_parser(name, help=summary, description=summary)
        module.add_arguments(command)
        command.set_defaults(run=recorded(name, module.run))
    return top


if __name__ == "__main__":
    sys.exit(main(parser()))
