"""`python -m gen ask`: questions about a network's logic, a module for each."""

import argparse
from importlib import import_module

__all__ = ["QUESTIONS", "add_arguments", "run"]

QUESTIONS = {
    "depends": "does one bit affect another: a pair of inputs, or a proof that it never does",
    "explain": "which inputs of a sample alone decide its class; or check a claimed explanation",
    "robust": "the least change of a sample that gives it another class; certified accuracy",
    "can": "can a class be the answer at all",
    "ties": "can two classes have the same, highest score",
    "monotone": "does a class only become true, or only false, as a feature rises",
    "equivalent": "do two networks give the same class for every input",
    "influence": "how often a change of one bit changes another, on all inputs and on the data",
    "features": "what every activation hears and serves, and how much is shared",
    "ablate": "cut activations, measure every class, prove what remains; find the smallest cut",
}
"""Kind -> summary. `gen/commands/ask/KIND.py` has `add_arguments(parser)`, `ask(asked, args)`
(an Answer), `text(answer)` (lines to print), and, where it helps, `spelt(answer, logic)` (lines of
columns and their values) and `picture(answer, asked)` (PNG bytes)."""


VERIFY = "check an answer in a file (--json) again, without what found it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare a subcommand for every question."""
    from gen.commands.ask.common import add_common

    parser.description = (
        "Ask a question about a finished build. Answers carry their evidence: witnesses are run"
        " through the network again, proofs go to an independent checker."
    )
    kinds = parser.add_subparsers(required=True, metavar="QUESTION", dest="kind")
    command = kinds.add_parser("verify", help=VERIFY, description=VERIFY)
    import_module("gen.commands.ask.verify").add_arguments(command)
    for kind, summary in QUESTIONS.items():
        command = kinds.add_parser(kind, help=summary, description=summary)
        add_common(command)
        import_module(f"gen.commands.ask.{kind}").add_arguments(command)


def run(args: argparse.Namespace) -> None:
    """Ask, check the answer's evidence, and print."""
    from gen.commands.ask.common import answered

    if args.kind == "verify":
        import_module("gen.commands.ask.verify").run(args)
        return
    answered(import_module(f"gen.commands.ask.{args.kind}"), args)
