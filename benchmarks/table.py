"""The measured figures as Markdown."""

from statistics import geometric_mean
from typing import Any

from benchmarks.chips import forms
from benchmarks.chips.faults import fault_section
from benchmarks.compilers.section import compilers_section
from benchmarks.frontier.points import read_published
from benchmarks.frontier.references import read_references
from benchmarks.frontier.runs import measured
from benchmarks.frontier.table import frontier_section
from benchmarks.peers.section import peers_section
from benchmarks.questions import section
from benchmarks.questions.explanations_table import asking_section
from benchmarks.scale import exponent
from benchmarks.sharing import sharing_section
from benchmarks.size.estimates import estimates_section
from benchmarks.size.lut6 import lut6_section

__all__ = ["markdown"]


def markdown(results: dict[str, Any]) -> str:
    """BENCHMARKS.md from the JSON of a run."""
    machine = ", ".join(f"{name} {value}" for name, value in results["machine"].items())
    tools = ", ".join(f"{name} {value}" for name, value in results["tools"].items())
    parts = [
        "# Benchmarks",
        f"Written by `make bench`. Machine: {machine}. Tools: {tools}.",
        _area(results["area"]),
        *(
            [compilers_section(results["compilers"], results["area"])]
            if results["compilers"]
            else []
        ),
        lut6_section(results["lut6"]),
        peers_section(results["peers"], results["probes"], results["sized"]),
        _accuracy(results["accuracy"]),
        frontier_section(read_published(), measured(), read_references()),
        *([estimates_section(results["estimates"])] if "estimates" in results else []),
        _evaluator(results["evaluator"]),
        _scale(results["scale"]),
        *([sharing_section(results["sharing"])] if "sharing" in results else []),
        forms.markdown(results["speed"]).strip(),
        asking_section(results["asking"]),
        *([_ask(results["ask"])] if "ask" in results else []),
        "## A behaviour in a section of its own\n\n" + section.table(results["sections"]).strip(),
        *([fault_section(results["faults"])] if "faults" in results else []),
        _times(results),
    ]
    return "\n\n".join(parts) + "\n"


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _area(rows: list[dict[str, Any]]) -> str:
    lines = [
        "## Area",
        "",
        "Packed iCE40 UP5K logic cells of the core alone with argmax, answering the class,",
        "without encoder, memories or multipliers. Baseline: the same frozen weights as plain",
        "Verilog. Ours has a register on every output, the baseline none; `logic` is ours without",
        "registers. The ratio is ours with them to the better baseline; ABC is our melted graph",
        "after `dc2` three times and `if -K 4 -a`, and the second ratio that of our LUT4 to its.",
        "On valid inputs: proved equal on those that the encoder can give, as `make synth` builds",
        "it; where all inputs are valid, or nothing is gained, the mean takes ours as it is.",
        "",
        _row("network", "ours, LC", "logic, LC", "plain, LC", "plain -nocarry, LC", "ratio",
             "on valid inputs, LC", "ratio", "ABC, LUT4", "ratio", "ANDs melted", "simplified"),
        _row(*["---"] * 12),
    ]  # fmt: skip
    for row in rows:
        plain = row["baseline"]
        lines.append(
            _row(
                row["network"],
                f"**{row['ours']['lc']:,}**",
                f"{row['logic']['lc']:,}",
                f"{plain['default']['lc']:,}",
                f"{plain['nocarry']['lc']:,}",
                row["ratio"],
                f"{row['valid']['lc']:,}" if row["valid"] else "",
                f"{_on_valid_inputs(row):.3f}" if row["valid"] else "",
                f"{row['abc_lut4']:,}",
                f"{row['ours']['lut4'] / row['abc_lut4']:.3f}",
                f"{row['ands']['melted']:,}",
                f"{row['ands']['simplified']:,}",
            )
        )
    plain = geometric_mean([row["ratio"] for row in rows])
    valid = geometric_mean([_on_valid_inputs(row) for row in rows])
    abc = geometric_mean([row["ours"]["lut4"] / row["abc_lut4"] for row in rows])
    means = "", "", "", "", f"{plain:.3f}", "", f"{valid:.3f}", "", f"{abc:.3f}", "", ""
    lines.append(_row("geometric mean", *means))
    return "\n".join(lines)


def _on_valid_inputs(row: dict[str, Any]) -> float:
    """Ours on valid inputs to the better baseline; where there is no such core, ours as it is."""
    lc: int = (row["valid"] or row["ours"])["lc"]
    return lc / min(one["lc"] for one in row["baseline"].values())


def _accuracy(rows: list[dict[str, Any]]) -> str:
    lines = [
        "## Accuracy",
        "",
        "5-fold cross-validation x 3 seeds, mean and standard deviation over all folds; encoders",
        "are fitted on the training folds only and nothing is chosen on a test fold. The linear",
        "model is float logistic regression on the same bits.",
        "",
        _row("recipe", "non-zero weights", "quantized", "linear on the same bits"),
        _row(*["---"] * 4),
    ]
    for row in rows:
        quantized, linear = row["quantized"], row["linear"]
        lines.append(
            _row(
                row["recipe"],
                row["nonzero"],
                f"{quantized['mean']:.2%} (sd {quantized['std']:.2%})",
                f"{linear['mean']:.2%} (sd {linear['std']:.2%})",
            )
        )
    return "\n".join(lines)


def _evaluator(found: dict[str, Any]) -> str:
    tools = ", ".join(f"{name} {value}" for name, value in found["tools"].items())
    lines = [
        "## Evaluation",
        "",
        "AND x vector per second of one core, packed words in and out. In `near` graphs an AND",
        "reads among the latest 2,000 nodes, in `far` ones among all. Processor time, best of",
        f"{found['repeats']}, seed {found['seed']}; {tools}.",
        "",
        _row("graph", "ANDs", "compiled kernel", "numpy", "ratio"),
        _row(*["---"] * 5),
    ]
    for row in found["graphs"]:
        speeds = (f"{row[way]:.1e}" for way in ("kernel", "numpy"))
        lines.append(_row(row["graph"], f"{row['ands']:,}", *speeds, row["ratio"]))
    lines += ["", _row("prediction of one row, microseconds", "logic", "PyTorch", "ratio")]
    lines.append(_row(*["---"] * 4))
    for row in found["predict"]:
        lines.append(_row(row["what"], row["logic_us"], row["torch_us"], row["ratio"]))
    return "\n".join(lines)


def _scale(rows: list[dict[str, Any]]) -> str:
    powers = {what: exponent(rows, what) for what in ("melt", "simplify")}
    lines = [
        "## Scale",
        "",
        "Seeded random ternary networks, every neuron reading 16 to 24 of the layer before it, all",
        "gates connected. Seconds are those of the whole commands, load, check and write included,",
        "two processes; CPU seconds are those of all processes. Every output is proved, section by",
        "section. The gain is that of the sectioned graph, beside that of `dc2` three times on the",
        "whole of it. CPU time grows with the number of gates to the power of",
        f"{powers['melt']:.2f} for melting and {powers['simplify']:.2f} for simplifying.",
        "",
        _row("network", "ANDs melted", "simplified", "of dc2's gain", "melt alone, s", "melt, s",
             "simplify, s", "CPU s", "peak, MiB", "proofs", "undone"),
        _row(*["---"] * 11),
    ]  # fmt: skip
    for row in rows:
        simplify = row["simplify"]
        lines.append(
            _row(
                row["network"],
                f"{row['ands']['melted']:,}",
                f"{row['ands']['sections']:,}",
                f"{row['of_dc2']:.1%}",
                row["seconds"]["melt"],
                row["melt"]["wall"],
                simplify["wall"],
                simplify["cpu"],
                f"{max(simplify['peak_mib'], row['melt']['peak_mib']):,.0f}",
                f"{simplify['parts']:,}",
                simplify["undone"],
            )
        )
    return "\n".join(lines)


def _ask(found: dict[str, Any]) -> str:
    plain = found["plain"]
    lines = [
        "## Questions",
        "",
        "`python -m gen ask depends` on whole matrices of single bits: seconds until every entry",
        "is shown by two inputs or proved, and what is left undecided. Growth: random networks of",
        "one hidden layer, 64 inputs against all bits of class and scores.",
        "",
        _row("network", "matrix", "ANDs", "pairs", "depends", "undecided", "seconds"),
        _row(*["---"] * 7),
    ]
    growth = [{"build": "random", "matrix": "64 inputs x outputs"} | row for row in found["growth"]]
    for row in [*found["matrices"], *growth]:
        lines.append(
            _row(
                *(row["build"], row["matrix"], f"{row['ands']:,}", f"{row['pairs']:,}"),
                *(f"{row['verdicts'].get('depends', 0):,}", row["undecided"], row["seconds"]),
            )
        )
    lines += [
        "",
        f"ABC ({plain['abc']}) on {plain['questions']} of the questions about the first network,"
        " as",
        f"plain miters in one process: {plain['abc_seconds']} s; ours, one after the other,",
        f"{plain['ours_seconds']} s: {plain['ratio']} times as fast. Both agree on"
        f" {plain['agree']} of {plain['questions']}.",
    ]
    return "\n".join(lines)


def _times(results: dict[str, Any]) -> str:
    lines = ["## Time", "", _row("what", "seconds"), _row("---", "---")]
    for row in results["area"]:
        seconds = row["seconds"]["melt_simplify_prove"]
        lines.append(_row(f"melt, simplify and prove, {row['network']}", seconds))
    for row in results["warm"]:
        what = f"`make synth RECIPE={row['recipe']} SEEDS=1` from a trained model, caches warm"
        lines.append(_row(what, row["seconds"]))
    return "\n".join(lines)
