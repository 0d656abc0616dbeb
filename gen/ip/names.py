"""What a core may be called, and what the files and modules around it are called then.

All modules of a core begin with its name, so two cores of different names meet nowhere.
"""

import re

from gen.errors import SmeltError

__all__ = [
    "FORMS",
    "KEYWORDS",
    "LUT",
    "MANIFEST",
    "NameWrong",
    "check_lut",
    "check_name",
    "files",
    "mapped_file",
    "module_name",
]

FORMS = ("ice40", "plain")
"""How the core is always written; as LUT6 too where that is asked for."""
LUT = 6
"""Inputs of the other fabrics' tables."""
MANIFEST = "ip.json"
"""The file that lists the others."""
LONGEST = 64
NAME = re.compile(rf"[A-Za-z][A-Za-z0-9_]{{0,{LONGEST - 1}}}")
INSTEAD = "_net"
"""Stands behind a recipe's name that no module can have."""
OWN_ENDINGS = ("_axis", "_tb", "_lut6", "_ice40", "_plain", "_x", "_y")
"""What stands behind the name in the modules and files of every core."""
CELL = re.compile(r"SB_\w*|LUT[1-6]")
"""Modules of vendors that a core is made of."""

# IEEE 1364-2005, annex B, and IEEE 1800-2017, annex B: most tools read Verilog as the latter.
WORDS = (
    "accept_on alias always always_comb always_ff always_latch and assert assign assume "
    "automatic before begin bind bins binsof bit break buf bufif0 bufif1 byte case casex "
    "casez cell chandle checker class clocking cmos config const constraint context continue "
    "cover covergroup coverpoint cross deassign default defparam design disable dist do edge "
    "else end endcase endchecker endclass endclocking endconfig endfunction endgenerate "
    "endgroup endinterface endmodule endpackage endprimitive endprogram endproperty "
    "endspecify endsequence endtable endtask enum event eventually expect export extends "
    "extern final first_match for force foreach forever fork forkjoin function generate "
    "genvar global highz0 highz1 if iff ifnone ignore_bins illegal_bins implements implies "
    "import incdir include initial inout input inside instance int integer interconnect "
    "interface intersect join join_any join_none large let liblist library local localparam "
    "logic longint macromodule matches medium modport module nand negedge nettype new "
    "nexttime nmos nor noshowcancelled not notif0 notif1 null or output package packed "
    "parameter pmos posedge primitive priority program property protected pull0 pull1 "
    "pulldown pullup pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase "
    "randsequence rcmos real realtime ref reg reject_on release repeat restrict return rnmos "
    "rpmos rtran rtranif0 rtranif1 s_always s_eventually s_nexttime s_until s_until_with "
    "scalared sequence shortint shortreal showcancelled signed small soft solve specify "
    "specparam static string strong strong0 strong1 struct super supply0 supply1 "
    "sync_accept_on sync_reject_on table tagged task this throughout time timeprecision "
    "timeunit tran tranif0 tranif1 tri tri0 tri1 triand trior trireg type typedef union "
    "unique unique0 unsigned until until_with untyped use uwire var vectored virtual void "
    "wait wait_order wand weak weak0 weak1 while wildcard wire with within wor xnor xor "
)
KEYWORDS = frozenset(WORDS.split())


class NameWrong(SmeltError):
    """A core cannot be called so, or cannot have the form that was asked for."""


def check_name(name: str, said: str = "") -> str:
    """The name, where a core can have it; `said` is how it was given. Raises NameWrong."""
    said = said or f"--name {name}"
    if not NAME.fullmatch(name):
        raise NameWrong(
            f"{said}: no name of a module; letters, digits and _ make one, a letter first, 64 at"
            " most"
        )
    if name in KEYWORDS:
        raise NameWrong(f"{said}: is a keyword of Verilog; give the core another name")
    if CELL.fullmatch(name):
        raise NameWrong(f"{said}: is what a cell of a vendor is called; give another name")
    for ending in OWN_ENDINGS:
        if name.endswith(ending):
            raise NameWrong(
                f"{said}: ends in {ending}, as a module beside another core may; give another name"
            )
    return name


def module_name(recipe: str) -> str:
    """What the core of a recipe is called where no name is given: as the recipe, or nearly so."""
    from gen.map.description import identifier  # make looks at names before NumPy is there.

    made = identifier(recipe).lower()[:LONGEST]
    try:
        return check_name(made)
    except NameWrong:
        return check_name(f"{made[: LONGEST - len(INSTEAD)]}{INSTEAD}")


def check_lut(inputs: int | None) -> int | None:
    """The inputs of tables that are asked for beside iCE40's; raises NameWrong."""
    if inputs not in (None, LUT):
        raise NameWrong(
            f"--lut {inputs}: tables of {LUT} inputs are written (--lut {LUT}); iCE40's tables of"
            " 4 and plain Verilog always are"
        )
    return inputs


def files(name: str, lut: int | None = None) -> tuple[str, ...]:
    """All files of a core but ip.json, in the order in which a reader may look at them."""
    forms = (*FORMS, *([f"lut{lut}"] if lut else []))
    return (
        "datasheet.md",
        "datasheet.html",
        "timing.svg",
        *(f"{name}_{form}.v" for form in forms),
        f"{name}_axis.v",
        f"{name}_template.v",
        f"{name}_template.py",
        f"{name}_tb.v",
        f"{name}_axis_tb.v",
        f"{name}_x.hex",
        f"{name}_y.hex",
        f"{name}.core",
    )


def mapped_file(lut: int | None = None) -> str:
    """Where in a build the netlist lies that a form is written from."""
    return f"lut{lut}/mapped.json" if lut else "mapped.json"
