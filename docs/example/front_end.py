"""A sensor of shift registers, a core, and lights: a whole design for the iCEBreaker.

    make ip RECIPE=my.toml NAME=panel
    python docs/example/front_end.py build/my/ip

builds `build/front_end/top.bin`. A chain of 74HC165 hangs at PMOD 1A (pin 1 load, pin 2 clock,
pin 3 its serial output); its bits are x, the first that comes out being x[0]. The lights are the
lowest bits of y: the class, where the network's first output is one.
"""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

from amaranth.build import Attrs, Pins, Resource, Subsignal
from amaranth.hdl import Elaboratable, Module
from amaranth.lib import io, wiring
from amaranth.lib.wiring import In, Out

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from hw.sensor import ShiftSensor  # noqa: E402

LIGHTS = 2
CHAIN = Resource(
    "chain", 0,
    Subsignal("load_n", Pins("1", dir="o", conn=("pmod", 0))),
    Subsignal("shift", Pins("2", dir="o", conn=("pmod", 0))),
    Subsignal("data", Pins("3", dir="i", conn=("pmod", 0))),
    Attrs(IO_STANDARD="SB_LVCMOS"),
)  # fmt: skip


def template(part: Path) -> ModuleType:
    """The module `<name>_template.py` that `make ip` wrote."""
    (path,) = part.glob("*_template.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class FrontEnd(wiring.Component):
    """The chain's bits into the core; `lights` keeps the lowest bits of its last answer.

    `divisor` is half a period of the chain's clock, in cycles. Of a core with states every frame
    but the first goes on from the one before.
    """

    def __init__(self, core: ModuleType, divisor: int) -> None:
        self.core, self.divisor = core, divisor
        super().__init__({"data": In(1), "load_n": Out(1), "shift": Out(1), "lights": Out(LIGHTS)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.core = core = self.core.Core()
        ports = core.core
        starts = getattr(self.core, "STARTS", None)
        bits = len(ports.x) if starts is None else starts
        m.submodules.sensor = sensor = ShiftSensor(bits, self.divisor)
        m.d.comb += [
            sensor.data.eq(self.data),
            self.load_n.eq(sensor.load_n),
            self.shift.eq(sensor.shift),
            ports.x[:bits].eq(sensor.x),
            ports.x_valid.eq(sensor.x_valid),
        ]
        if starts is not None:
            first = Out(1, init=1).create()
            m.d.comb += ports.x[starts].eq(first)
            with m.If(sensor.x_valid):
                m.d.sync += first.eq(0)
        with m.If(ports.y_valid):
            m.d.sync += self.lights.eq(ports.y[:LIGHTS])
        return m


class Board(Elaboratable):
    """The design on the iCEBreaker's pins."""

    def __init__(self, design: FrontEnd) -> None:
        self.design = design

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.design = design = self.design
        chain = platform.request("chain", 0, dir={"load_n": "-", "shift": "-", "data": "-"})
        for name in ("load_n", "shift"):
            m.submodules[name] = pin = io.Buffer("o", getattr(chain, name))
            m.d.comb += pin.o.eq(getattr(design, name))
        m.submodules.data = data = io.Buffer("i", chain.data)
        m.d.comb += design.data.eq(data.i)
        for at in range(LIGHTS):
            m.submodules[f"light{at}"] = light = io.Buffer(
                "o", platform.request("led", at, dir="-")
            )
            m.d.comb += light.o.eq(design.lights[at])
        return m


def build(part: Path, folder: Path) -> Path:
    """Build the bitstream; returns its path."""
    from amaranth_boards.icebreaker import ICEBreakerPlatform

    # The tools that `make setup` installed lie beside this Python.
    beside = Path(sys.executable).parent
    os.environ.setdefault("AMARANTH_USE_YOSYS", "system")
    for tool in ("yosys", "nextpnr-ice40", "icepack"):
        os.environ.setdefault(tool.upper().replace("-", "_"), str(beside / f"yowasp-{tool}"))
    platform = ICEBreakerPlatform()
    platform.add_resources([CHAIN])
    (core,) = part.glob("*_ice40.v")
    platform.add_file(core.name, core.read_text())
    # 12 MHz: a period of the chain's clock is 2 microseconds.
    design = Board(FrontEnd(template(part), divisor=12))
    products = platform.build(design, do_program=False, build_dir=str(folder))
    with products.extract("top.bin") as made:
        bits = Path(made).read_bytes()
    (folder / "top.bin").write_bytes(bits)
    return folder / "top.bin"


if __name__ == "__main__":
    print(build(Path(sys.argv[1]), ROOT / "build" / "front_end"))
