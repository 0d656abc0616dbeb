"""A report as text for a terminal, as Markdown, and as one HTML page with its plots inside."""

from collections.abc import Sequence
from typing import Any

from boards.report.page import image, page, table
from boards.report.report import NOT_RUN

__all__ = ["html_page", "markdown", "table_rows", "terminal_table"]

Row = tuple[str, str]
MOST_CLASSES = 12
"""Classes that a terminal shows."""

_CLASS = ("class", "right", "rows of the test set", "share")
_TIMING = ("part", "worst path through it", "slack", "longest inside", "registers", "ns by part")


def table_rows(report: dict[str, Any]) -> list[Row]:
    """The report's figures as (what, value), in the order in which a person asks for them."""
    core, top, fmax = report["core"], report["top"], report["fmax_mhz"]
    return [
        ("board", f"{report['title']} ({report['device']}, {_clock_text(report)})"),
        ("accuracy", _accuracy_text(report["accuracy"])),
        *_columns_row(report["columns"]),
        ("weights", _weights_text(report["weights"]) + _shipped_text(report["training"])),
        ("gates", _gates_text(report["gates"])),
        (
            "core alone",
            f"{core['lc']:,} {top['unit']} packed: {core['lut4']:,} LUT4,"
            f" {core['carry']:,} carry, {core['ff']:,} flip-flops; {_contents(core)}",
        ),
        *_encoder_apart(core),
        *_logic_alone(core, top["unit"]),
        (
            "whole design",
            f"{top['used']:,} of {top['capacity']:,} {top['unit']}"
            f" ({top['used'] / top['capacity']:.1%}); {_parts_text(top['parts'])}",
        ),
        (
            "Fmax",
            f"best {fmax['best']:.2f} MHz (seed {report['seed']}, delivered), median"
            f" {fmax['median']:.2f} MHz of {len(fmax['seeds'])} seeds; the clock is"
            f" {fmax['constraint']:.2f} MHz{_distrust(fmax)}",
        ),
        ("latency", _latency_text(report)),
        ("throughput", _throughput_text(report["throughput_per_s"])),
        ("tools", ", ".join(f"{name} {version}" for name, version in report["tools"].items())),
    ]


def _clock_text(report: dict[str, Any]) -> str:
    """The board's clock, and the core's where the PLL makes another."""
    text = f"{report['clock_mhz']:g} MHz"
    if report["core_pll"] is None:
        return text
    return f"{text}; core at {report['core_clock_mhz']:.4g} MHz from the PLL"


def _distrust(fmax: dict[str, Any]) -> str:
    """A warning where nextpnr's delays of the family are known to be off."""
    return (
        "" if fmax["trusted"] else ". Not trusted: nextpnr's delays of this family look implausible"
    )


def _share(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.2%}"


def _count(value: int | str) -> str:
    return value if isinstance(value, str) else f"{value:,}"


def _accuracy_text(accuracy: dict[str, Any]) -> str:
    samples = accuracy["test_samples"]
    logic = f"simulated logic {_share(accuracy['logic'])}"
    if samples != NOT_RUN and {accuracy["float"], accuracy["quantized"]} == {NOT_RUN}:
        return _imported_text(logic, samples)
    on = "" if samples == NOT_RUN else f", on {samples:,} test samples"
    bits = _bits_text(accuracy.get("bits_per_symbol"))
    return (
        f"float {_share(accuracy['float'])}, quantized {_share(accuracy['quantized'])},"
        f" {logic}{on}{bits}{_start_text(accuracy)}"
    )


def _imported_text(logic: str, samples: int) -> str:
    """Of a network that was trained elsewhere: what its floats reached is not known here."""
    if not samples:
        return "not known: no rows with classes came with the network"
    return f"{logic}, on {samples:,} rows that came with the network"


def _start_text(accuracy: dict[str, Any]) -> str:
    """What a training went on from, and what it was worth quantized without training."""
    if "start" not in accuracy or "rounded" not in accuracy:
        return ""
    return (
        f"; trained on from a float network of {_share(accuracy['start'])}, without training"
        f" {_share(accuracy['rounded'])}"
    )


def _bits_text(bits: float | None) -> str:
    return "" if bits is None else f"; {bits:.2f} bits per symbol"


def _columns_row(columns: list[dict[str, Any]] | None) -> list[Row]:
    """The table's columns, in a line."""
    if not columns:
        return []
    bits, read = (sum(one[what] for one in columns) for what in ("bits", "read"))
    unread = [one["column"] for one in columns if not one["read"]]
    shown = ", ".join(unread[:8]) + (f" and {len(unread) - 8} more" if unread[8:] else "")
    never = f"; never read: {shown}" if unread else ""
    return [("inputs", f"{len(columns)} features in {bits:,} bits, {read:,} of them read{never}")]


def _class_rows(report: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """A class to a row: its name, right answers, rows of it in the test set, their share."""
    found = report["classes"]
    return [] if found == NOT_RUN else [_class_row(one) for one in found]


def _class_row(one: dict[str, Any]) -> tuple[str, str, str, str]:
    return one["class"], f"{one['right']:,}", f"{one['rows']:,}", _part(one["right"], one["rows"])


def _part(some: int, of: int) -> str:
    return f"{some / of:.1%}" if of else "none in the test set"


def _weights_text(weights: dict[str, Any]) -> str:
    if weights["total"] == NOT_RUN:
        return NOT_RUN
    tables = ""
    if "tables" in weights and "entries" in weights:
        tables = f"; {_count(weights['tables'])} tables, {_count(weights['entries'])} entries"
    if weights["total"] == 0:
        return f"none{tables}"
    bits = weights["bits"]
    wide = "/".join(str(b) for b in bits) if isinstance(bits, list) else str(bits)
    return f"{_count(weights['total'])}, {_count(weights['nonzero'])} not zero, {wide} bits{tables}"


def _shipped_text(training: dict[str, Any] | None) -> str:
    """Of weights that lay beside the recipe: what they were trained with."""
    if training is None or not training["shipped"]:
        return ""
    return (
        f"; as shipped, trained with torch {training['torch']} on {training['instructions']}"
        " (RETRAIN=1 trains anew)"
    )


def _gates_text(gates: dict[str, Any]) -> str:
    if set(gates.values()) == {NOT_RUN}:
        return NOT_RUN
    return (
        f"{_count(gates['melted'])} ANDs melted, {_count(gates['simplified'])} simplified,"
        f" depth {_count(gates['depth'])}"
    )


def _contents(core: dict[str, Any]) -> str:
    encoder = "with" if core["encoder_included"] else "without"
    argmax = "with" if core["argmax_included"] else "without"
    return f"{encoder} encoder, {argmax} argmax, {core['blocks']} memories and multipliers"


def _encoder_apart(core: dict[str, Any]) -> list[Row]:
    luts = core.get("luts")
    return (
        [] if luts is None else [("LUTs", f"encoder {luts['encoder']:,}, logic {luts['logic']:,}")]
    )


def _logic_alone(core: dict[str, Any], unit: str) -> list[Row]:
    logic = core.get("logic_alone")
    if logic is None:
        return []
    return [
        (
            "logic alone",
            f"{logic['lc']:,} {unit} packed without pipeline registers:"
            f" {logic['lut4']:,} LUT4, {logic['carry']:,} carry",
        )
    ]


def _parts_text(parts: dict[str, int]) -> str:
    return ", ".join(f"{part} {count:,}" for part, count in parts.items())


def _latency_text(report: dict[str, Any]) -> str:
    cycles = report["latency_cycles"]
    return (
        f"{cycles} cycles, {1000 * cycles / report['core_clock_mhz']:,.0f} ns at"
        f" {report['core_clock_mhz']:.4g} MHz"
    )


def _throughput_text(throughput: dict[str, Any]) -> str:
    interval = throughput["cycles_per_result"]
    each = "one per cycle" if interval == 1 else f"one in {interval:,} cycles"
    return (
        f"core {throughput['core_at_clock']:,} results/s ({each}); link at most"
        f" {throughput['link']:,.0f}/s at {throughput['baud']:,} baud"
        f" ({throughput['request_bytes']} bytes in, {throughput['reply_bytes']} out)"
    )


def _check_rows(report: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(check["check"], check["result"], check["how"]) for check in report["checks"]]


def _chain_rows(report: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The links from PyTorch to the bitstream, and each one's checks below it."""
    rows = []
    for link in report["chain"]:
        rows.append((f"{link['link']}. {link['between']}", link["verdict"], link["fault"]))
        for check in link["checks"]:
            rows.append((f"– {check['what']}", check["verdict"], check["method"]))
    return rows


def _taken(entry: dict[str, Any]) -> str:
    """The time of a check or link that ran, where it is known."""
    seconds = entry.get("seconds")
    return "" if seconds is None or entry.get("checks") == [] else f"{seconds:.1f} s"


def terminal_table(report: dict[str, Any]) -> str:
    """Lines for a terminal, with the times that the files leave out."""
    rows = table_rows(report)
    width = max(len(name) for name, _ in rows)
    lines = [f"{report['recipe']} on {report['title']}", ""]
    lines += [f"  {name:<{width}}  {value}" for name, value in rows]
    lines += _class_lines(report)
    checks = _check_rows(report)
    width = max(len(result) for _, result, _ in checks)
    lines += ["", "  checks"]
    for (name, result, how), check in zip(checks, report["checks"], strict=True):
        lines.append(f"  {result:<{width}}  {name}{_after(how, _taken(check))}")
    chain = [row for row in _chain_rows(report) if row[0][0].isdigit()]
    lines += ["", "  from PyTorch to the bits of the bitstream"]
    for (name, result, how), link in zip(chain, report["chain"], strict=True):
        lines.append(f"  {result:<12}{name}{_after(how, _taken(link))}")
    return "\n".join(lines)


def _class_lines(report: dict[str, Any]) -> list[str]:
    """Lines for a terminal: a class each, of many the worst, those without any rows last."""
    rows = _class_rows(report)
    if not rows:
        return []
    title = "  right answers by class"
    if len(rows) > MOST_CLASSES:
        title += f", the worst {MOST_CLASSES} of {len(rows)}"
        ordered = sorted(report["classes"], key=_share_right)
        rows = [_class_row(one) for one in ordered[:MOST_CLASSES]]
    width = max(len(row[0]) for row in rows)
    return [
        "",
        title,
        *(f"  {name:<{width}}  {right} of {of}, {part}" for name, right, of, part in rows),
    ]


def _share_right(one: dict[str, Any]) -> float:
    """Above all others where there is nothing to be right in."""
    return one["right"] / one["rows"] if one["rows"] else 2.0


def _after(*words: str) -> str:
    said = ", ".join(word for word in words if word)
    return f": {said}" if said else ""


def markdown(report: dict[str, Any], plots: Sequence[str]) -> str:
    """The report with its plots as images in the folder plots/."""
    lines = [f"# {report['recipe']} on {report['title']}", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {_cell(value)} |" for name, value in table_rows(report)]
    if classes := _class_rows(report):
        lines += [
            "",
            "## Right answers by class",
            "",
            f"| {' | '.join(_CLASS)} |",
            "|---" * 4 + "|",
        ]
        lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in classes]
    lines += ["", "## Checks", "", "| check | result | how |", "|---|---|---|"]
    lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in _check_rows(report)]
    lines += ["", "## From PyTorch to the bits", "", "| link | verdict | how |", "|---|---|---|"]
    lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in _chain_rows(report)]
    lines += [
        "",
        "## Timing by part",
        "",
        f"| {' | '.join(_TIMING)} |",
        "|---" * len(_TIMING) + "|",
    ]
    lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in _timing_rows(report)]
    lines += ["", "## Cells by type", "", "| cell | core alone | whole design |", "|---|---|---|"]
    lines += [f"| {kind} | {alone:,} | {whole:,} |" for kind, alone, whole in _cell_rows(report)]
    lines += ["", "## Plots", "", *(f"![{name}](plots/{name}.png)" for name in plots), ""]
    return "\n".join(lines)


def _timing_rows(report: dict[str, Any]) -> list[tuple[str, ...]]:
    """The worst path through each part; "own" is the longest stretch that stays inside it."""
    return [
        (
            row["part"],
            f"{row['path_ns']:.2f} ns",
            f"{row['slack_ns']:.2f} ns",
            f"{row['own_ns']:.2f} ns",
            f"{row['start']} to {row['end']}",
            ", ".join(
                f"{step['part']} {step['logic_ns'] + step['routing_ns']:.2f}"
                for step in row["path"]
            ),
        )
        for row in report["timing"]
    ]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _cell_rows(report: dict[str, Any]) -> list[tuple[str, int, int]]:
    core, top = report["core"]["cells"], report["top"]["cells"]
    return [(kind, core.get(kind, 0), top.get(kind, 0)) for kind in sorted({*core, *top})]


def html_page(report: dict[str, Any], plots: dict[str, bytes]) -> str:
    """One page that needs no other file."""
    cells = [(kind, f"{alone:,}", f"{whole:,}") for kind, alone, whole in _cell_rows(report)]
    images = "\n".join(image(name, content) for name, content in plots.items())
    classes = _class_rows(report)
    by_class = [f"<h2>Right answers by class</h2>\n{table(classes, _CLASS)}"] if classes else []
    sections = (
        table([(name, value) for name, value in table_rows(report)]),
        *by_class,
        f'<h2>Plots</h2>\n<div class="plots">\n{images}\n</div>',
        f"<h2>Checks</h2>\n{table(_check_rows(report), ('check', 'result', 'how'))}",
        "<h2>From PyTorch to the bits</h2>",
        table(_chain_rows(report), ("link", "verdict", "how")),
        f"<h2>Timing by part</h2>\n{table(_timing_rows(report), _TIMING)}",
        f"<h2>Cells by type</h2>\n{table(cells, ('cell', 'core alone', 'whole design'))}",
    )
    return page(
        f"{report['recipe']} on {report['title']}",
        f"bitstream sha256 <code>{report['bitstream_sha256']}</code>",
        sections,
    )
