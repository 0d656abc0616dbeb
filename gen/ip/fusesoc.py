"""The core for FuseSoC: a description in its format CAPI2, with the benches as targets."""

from gen.ip.names import FORMS
from gen.map.header import version

__all__ = ["core_file"]


def core_file(name: str, recipe: str, lut: int | None) -> str:
    """The text of `<name>.core`: a file set for each form, and a target for each bench."""
    forms = (*FORMS, *([f"lut{lut}"] if lut else []))
    sets = "".join(_set(form, [f"{name}_{form}.v"]) for form in forms)
    sets += _set("axis", [f"{name}_axis.v"])
    sets += _bench("bench", name, f"{name}_tb.v") + _bench("axis_bench", name, f"{name}_axis_tb.v")
    targets = "".join(_sim(f"sim{'' if form == 'plain' else f'_{form}'}", [form, "bench"],
                           f"{name}_tb") for form in ("plain", *forms[2:]))  # fmt: skip
    targets += _sim("sim_axis", ["plain", "axis", "axis_bench"], f"{name}_axis_tb")
    choices = "".join(f"  {form}:\n    filesets: [{form}, axis]\n" for form in forms)
    return (
        "CAPI=2:\n"
        f"name: smelt:ip:{name}:{version()}\n"
        f"description: The network {recipe} as logic, with a wrapper for AXI4-Stream\n"
        f"\nfilesets:\n{sets}"
        f"\ntargets:\n  default:\n    filesets: [plain, axis]\n{choices}{targets}"
    )


def _set(name: str, files: list[str]) -> str:
    listed = "".join(f"      - {file}\n" for file in files)
    return f"  {name}:\n    files:\n{listed}    file_type: verilogSource\n"


def _bench(which: str, name: str, file: str) -> str:
    """A bench reads its vectors in the folder that it runs in."""
    vectors = "".join(
        f"      - {name}_{port}.hex: {{file_type: user, copyto: {name}_{port}.hex}}\n"
        for port in "xy"
    )
    return f"  {which}:\n    files:\n      - {file}: {{file_type: systemVerilogSource}}\n{vectors}"


def _sim(target: str, sets: list[str], top: str) -> str:
    return (
        f"  {target}:\n    default_tool: icarus\n    filesets: [{', '.join(sets)}]\n"
        f"    toplevel: {top}\n    tools:\n      icarus:\n        iverilog_options: [-g2012]\n"
        "      verilator:\n        mode: binary\n"
        "        verilator_options: [--timing, -Wno-fatal]\n"
    )
