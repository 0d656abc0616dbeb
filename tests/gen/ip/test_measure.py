"""What a core takes of an FPGA is measured, and what was not measured is called so."""

from gen.ip.measure import measure_core
from gen.ip.verilog import core_verilog
from gen.map.netlist import Cell, Netlist
from gen.tools import NEXTPNR_ECP5


def test_two_tables_and_three_flip_flops() -> None:
    """Counted by hand: a table each for two outputs, a register each, and y_valid's."""
    names = tuple(f"x[{at}]" for at in range(5))
    cells = (Cell(0x8001, (0, 1, 2, 3)), Cell(0x6996, (1, 2, 3, 4)))
    mapped = Netlist(names, (("a", 5), ("b", 6)), cells)
    texts = {form: core_verilog(mapped, "panel", form, "test") for form in ("ice40", "plain")}
    found = {one.device: one for one in measure_core(texts, "panel", 5, 2)}
    assert found["iCE40"].area.endswith("(2 SB_LUT4, 3 flip-flops)")
    assert found["ECP5"].area == "2 LUT4, 3 flip-flops"
    assert found["AMD 7 series"].area == "2 LUT, 3 flip-flops"
    for device in ("iCE40UP5K", "iCE40HX8K"):
        assert 20 < float(found[device].fmax.removesuffix(" MHz")) < 1000
    if not NEXTPNR_ECP5.present():
        assert found["ECP5 25F"].fmax == ""
        assert "not measured" in found["ECP5 25F"].how
