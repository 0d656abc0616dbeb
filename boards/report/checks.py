"""What a build was checked by, from the device's limits to simulation: one entry per check.

An entry has `check` (what), `result` ("passed", "proved", "exhaustive", "simulated", "failed" or
"not run"), `how`, and `seconds` where they were measured.
"""

from typing import Any

from boards.build.core import is_shared
from boards.report.inputs import LEVELS, Inputs

__all__ = ["NOT_RUN", "list_checks", "whole_test_set_simulated"]

NOT_RUN = "not run"

_LEVEL_TEXT = {
    "core": "core.v, every output bit and cycle",
    "netlist": "netlist of the core from Yosys",
    "top": "whole top level over its serial line",
}

Check = dict[str, Any]


def list_checks(build: dict[str, Any], inputs: Inputs) -> list[Check]:
    """Every check in the order of the steps; those that did not run say so."""
    shared = is_shared(build["core_description"])
    return [
        *(_shared_checks(inputs) if shared else _logic_checks(inputs)),
        *_simulation_checks(inputs),
        *_tool_checks(build),
    ]


def whole_test_set_simulated(inputs: Inputs) -> bool:
    """Whether a simulation compared every test vector with the hardware, without a difference."""
    if inputs.vectors is None:
        return False
    return any(
        value["status"] == "passed"
        and value["mismatches"] == 0
        and value["vectors"] - value["random"] >= len(inputs.vectors.labels)
        for level, value in inputs.simulations.items()
        if level in LEVELS
    )


def _logic_checks(inputs: Inputs) -> list[Check]:
    return [*_melt_checks(inputs), *_ledger_checks(inputs), *_map_checks(inputs)]


def _shared_checks(inputs: Inputs) -> list[Check]:
    """A time-shared core is made of the network itself: only `make verify` compares them. Without
    that it is simulated, not proved."""
    text = "time-shared: a run of the core equals the network, whatever the input"
    for link in inputs.links:
        if link["link"] == 3 and link["checks"]:
            worst = next((one for one in link["checks"] if one["fault"]), link["checks"][-1])
            how = worst["fault"] or worst["method"]
            return [
                {"check": text, "result": link["verdict"], "how": how, "seconds": link["seconds"]}
            ]
    return [_not_run(text) | {"how": "`make verify` runs it; until then simulated, not proved"}]


def _melt_checks(inputs: Inputs) -> list[Check]:
    checks = (inputs.melted or {}).get("checks") or []
    if not checks:
        return [_not_run("melted logic equals the integer network")]
    return [
        {
            "check": f"melted: {check['what']}",
            "result": str(check["how"]).split()[0],
            "how": str(check["how"]).partition(" ")[2],
            "seconds": check.get("seconds"),
        }
        for check in checks
    ]


def _ledger_checks(inputs: Inputs) -> list[Check]:
    """One entry per graph and kind of proof: passes that were undone changed nothing."""
    if inputs.ledger is None:
        return [_not_run("simplified logic equals melted logic")]
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in inputs.ledger.get("rows", []):
        proof = str(row.get("proof") or NOT_RUN)
        if proof != "given" and not proof.startswith("undone"):
            groups.setdefault((str(row.get("target")), proof), []).append(row)
    return [_passes(target, proof, rows) for (target, proof), rows in groups.items()]


def _passes(target: str, proof: str, rows: list[dict[str, Any]]) -> Check:
    names = ", ".join(dict.fromkeys(str(row["step"]) for row in rows))
    count = f"{len(rows)} passes on {target}" if len(rows) > 1 else names
    return {
        "check": f"simplified: {count}",
        "result": proof,
        "how": names if len(rows) > 1 else "",
        "seconds": round(sum(row.get("proof_seconds") or 0 for row in rows), 2),
    }


def _map_checks(inputs: Inputs) -> list[Check]:
    if inputs.mapped is None:
        return [_not_run("mapped netlist equals simplified logic")]
    proof = inputs.mapped.get("proof") or NOT_RUN
    return [{"check": "mapped: netlist = graph", "result": str(proof), "how": ""}]


def _simulation_checks(inputs: Inputs) -> list[Check]:
    return [
        _simulated(f"simulation: {text}", inputs.simulations.get(level))
        for level, text in _LEVEL_TEXT.items()
    ]


def _simulated(name: str, value: dict[str, Any] | None) -> Check:
    if value is None:
        return _not_run(name)
    how = (
        f"{value['vectors']:,} vectors ({value['random']:,} random),"
        f" {value['mismatches']} mismatches, {value['simulator']}"
    )
    return {"check": name, "result": value["status"], "how": how, "seconds": value["seconds"]}


def _tool_checks(build: dict[str, Any]) -> list[Check]:
    """Both hold by construction: a build that does not fit or misses the clock has no report."""
    top, fmax = build["top"], build["fmax_mhz"]
    clock = f"{fmax['best']:.2f} MHz for {fmax['constraint']:.2f} MHz, seed {build['seed']}"
    cells = f"{top['used']:,} of {top['capacity']:,} {top['unit']}"
    how_far = "" if fmax["trusted"] else "; the delays of this family are not trusted"
    return [
        {"check": "fits the device", "result": "passed", "how": cells},
        {"check": "meets the board's clock", "result": "passed", "how": clock + how_far},
    ]


def _not_run(name: str) -> Check:
    return {"check": name, "result": NOT_RUN, "how": ""}
