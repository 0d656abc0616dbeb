"""The core's clock: the board's own, or one that the chip's PLL makes of it.

With a PLL the core has a clock domain of its own, `core`, reset until the PLL is locked.
"""

from typing import Any

from amaranth.hdl import ClockDomain, ClockSignal, Const, Elaboratable, Instance, Module, Signal
from amaranth.lib.cdc import ResetSynchronizer

from boards.build.pll import Setting
from boards.measured.results import CORE_CLOCK
from boards.table.entries import Board

__all__ = ["CORE_DOMAIN", "CoreClock"]

CORE_DOMAIN = "core"


class CoreClock(Elaboratable):
    """The domain `core` from the board's PLL.

    Where an iCE40's clock comes in at the PLL's own pin, nothing else can take it from there: the
    PLL then passes it on as the domain `sync`, too. The design around this makes `domains`.
    """

    def __init__(self, board: Board, setting: Setting) -> None:
        self.board = board
        self.setting = setting
        made = [CORE_DOMAIN, "sync"] if board.clock_at_pll else [CORE_DOMAIN]
        self.domains = [ClockDomain(name) for name in made]

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        clock, locked = Signal(name=CORE_CLOCK), Signal()
        m.d.comb += ClockSignal(CORE_DOMAIN).eq(clock)
        m.submodules.pll = getattr(self, f"_{self.board.family}")(m, platform, clock, locked)
        m.submodules.reset_sync = ResetSynchronizer(~locked, domain=CORE_DOMAIN)
        return m

    def _ice40(self, m: Module, platform: Any, clock: Signal, locked: Signal) -> Instance:
        common = {f"p_{name}": value for name, value in self.setting.parameters.items()} | {
            "p_FEEDBACK_PATH": "SIMPLE",
            "i_RESETB": Const(1, 1),
            "i_BYPASS": Const(0, 1),
            "o_LOCK": locked,
        }
        if not self.board.clock_at_pll:
            source = ClockSignal("sync")
            return Instance("SB_PLL40_CORE", **common, i_REFERENCECLK=source, o_PLLOUTGLOBAL=clock)
        pin = platform.request(platform.default_clk, dir="-")
        m.submodules.sync_reset = ResetSynchronizer(~locked, domain="sync")
        return Instance(
            "SB_PLL40_2_PAD",
            **common,
            p_PLLOUT_SELECT_PORTB="GENCLK",
            i_PACKAGEPIN=pin.io,
            o_PLLOUTGLOBALA=ClockSignal("sync"),
            o_PLLOUTGLOBALB=clock,
        )

    def _ecp5(self, m: Module, platform: Any, clock: Signal, locked: Signal) -> Instance:
        values = self.setting.parameters
        return Instance(
            "EHXPLLL",
            # The loop filter's values are those of Project Trellis's ecppll.
            a_ICP_CURRENT="12",
            a_LPF_RESISTOR="8",
            a_MFG_ENABLE_FILTEROPAMP="1",
            a_MFG_GMCREF_SEL="2",
            **{f"p_{name}": value for name, value in values.items()},
            p_CLKOP_ENABLE="ENABLED",
            p_CLKOP_CPHASE=values["CLKOP_DIV"] // 2,
            p_CLKOP_FPHASE=0,
            p_FEEDBK_PATH="CLKOP",
            p_OUTDIVIDER_MUXA="DIVA",
            p_PLLRST_ENA="DISABLED",
            p_INTFB_WAKE="DISABLED",
            p_STDBY_ENABLE="DISABLED",
            p_DPHASE_SOURCE="DISABLED",
            i_CLKI=ClockSignal("sync"),
            i_CLKFB=clock,
            i_RST=Const(0, 1),
            i_STDBY=Const(0, 1),
            i_PHASESEL0=Const(0, 1),
            i_PHASESEL1=Const(0, 1),
            i_PHASEDIR=Const(1, 1),
            i_PHASESTEP=Const(1, 1),
            i_PHASELOADREG=Const(1, 1),
            i_PLLWAKESYNC=Const(0, 1),
            i_ENCLKOP=Const(0, 1),
            o_CLKOP=clock,
            o_LOCK=locked,
        )

    def _gowin(self, m: Module, platform: Any, clock: Signal, locked: Signal) -> Instance:
        zeros = {f"i_{name}": Const(0, 6) for name in ("FBDSEL", "IDSEL", "ODSEL")}
        zeros |= {f"i_{name}": Const(0, 4) for name in ("PSDA", "DUTYDA", "FDLY")}
        return Instance(
            "rPLL",
            p_DEVICE=self.board.variant.replace("GW1N-", "GW1NR-"),
            p_FCLKIN=f"{self.board.clock_hz / 1e6:g}",
            **{f"p_{name}": value for name, value in self.setting.parameters.items()},
            p_DYN_IDIV_SEL="false",
            p_DYN_FBDIV_SEL="false",
            p_DYN_ODIV_SEL="false",
            p_DYN_SDIV_SEL=2,
            p_PSDA_SEL="0000",
            p_CLKFB_SEL="internal",
            i_CLKIN=ClockSignal("sync"),
            i_CLKFB=Const(0, 1),
            i_RESET=Const(0, 1),
            i_RESET_P=Const(0, 1),
            **zeros,
            o_CLKOUT=clock,
            o_LOCK=locked,
        )
