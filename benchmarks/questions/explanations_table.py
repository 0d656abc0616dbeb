"""The figures of questions about single inputs as Markdown."""

from typing import Any

__all__ = ["asking_section"]


def asking_section(found: dict[str, Any]) -> str:
    """Explanations, nearest changes, certified accuracy, and growth."""
    parts = [_explained(found["networks"]), _nearest(found["networks"])]
    parts += [_certified(row) for row in found["networks"]]
    return "\n\n".join(["## Questions about inputs", *parts, _growth(found["growth"])])


def _table(head: list[str], rows: list[list[object]]) -> str:
    lines: list[list[object]] = [list(head), ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _explained(rows: list[dict[str, Any]]) -> str:
    words = (
        "Explanations of every held-out row: features that alone decide its class, none of which\n"
        "can be left out. The plain loop asks the same solver about the gates, a feature at a\n"
        "time, of the first rows; the ratio is over these. Wall time, one process."
    )
    head = ["network", "rows", "seconds, mean", "median", "most", "features kept, mean", "least",
            "most", "of", "undecided", "plain loop, mean", "ratio"]  # fmt: skip
    lines = []
    for row in rows:
        one = row["explain"]
        spent, kept = one["seconds"], one["features"]
        lines.append(
            [row["network"], one["rows"], spent["mean"], spent["median"], spent["most"],
             kept["mean"], kept["least"], kept["most"], one["of"], one["undecided"],
             one["plain"]["seconds"]["mean"], one["ratio"]]
        )  # fmt: skip
    return f"{words}\n\n{_table(head, lines)}"


def _nearest(rows: list[dict[str, Any]]) -> str:
    words = (
        "The least number of input bits whose change alters the class, exactly, of the same rows\n"
        "by three ways, whose answers agree: on neurons, on gates, and by RC2, a general MaxSAT\n"
        "solver, on gates; and the time of all rows on neurons."
    )
    head = ["network", "rows", "neurons, s", "gates, s", "RC2, s", "RC2 undecided", "all rows",
            "seconds", "verdict"]  # fmt: skip
    lines = []
    for row in rows:
        one, ways = row["robust"], row["robust"]["compared"]
        means = [ways[name]["seconds"]["mean"] for name in ("neurons", "gates", "rc2")]
        lines.append(
            [row["network"], ways["rc2"]["rows"], *means, ways["rc2"]["undecided"], one["rows"],
             one["seconds"], one["verdict"]]
        )  # fmt: skip
    return f"{words}\n\n{_table(head, lines)}"


def _certified(row: dict[str, Any]) -> str:
    """The shares of rows by radius: what the search found, of which no proof was written here."""
    radii = row["robust"]["radii"]
    shares = [f"{one['certified'] + one['not checked']:.2%}" for one in radii]
    left = [f"{one['undecided']:.2%}" for one in radii]
    head = [
        f"{row['network']}: bits changed, by the search",
        *(str(one["radius"]) for one in radii),
    ]
    return _table(head, [["certified accuracy", *shares], ["undecided", *left]])


def _growth(rows: list[dict[str, Any]]) -> str:
    words = (
        "Random networks of one hidden layer, gates as melted; seconds a row, and rows undecided."
    )
    head = ["ANDs", "rows", "prepared, s", "explain, mean", "most", "undecided", "robust, mean",
            "most", "undecided"]  # fmt: skip
    lines = []
    for row in rows:
        figures = [row[what][key] for what in ("explain", "robust")
                   for key in ("mean", "most", "undecided")]  # fmt: skip
        lines.append([f"{row['ands']:,}", row["rows"], row["prepared"], *figures])
    return f"{words}\n\n{_table(head, lines)}"
