"""Which clock the core gets: a PLL setting for a frequency, or the fastest that is met."""

from collections.abc import Callable

from boards.build.pll import PLLS, Setting, best_setting
from boards.build.run import Build, TimingNotMet
from boards.table.entries import Board, BoardError
from gen.console import say

__all__ = ["clock_mhz", "fastest", "find_setting"]

# Of settings, each a little slower, before the slowest is taken.
TRIES = 5


def find_setting(board: Board, limit_mhz: float) -> Setting:
    """The fastest clock that the board's PLL makes and that is at most `limit_mhz`.

    Raises BoardError where the PLL does not go as low.
    """
    setting = best_setting(board.family, board.clock_hz, limit_mhz * 1e6)
    if setting is None:
        raise BoardError(
            f"the PLL of {board.title} makes no clock of {limit_mhz:.2f} MHz or less from"
            f" {board.clock_hz / 1e6:g} MHz: choose CLOCK=board, or a smaller STAGE_DEPTH"
        )
    return setting


def clock_mhz(text: str) -> float:
    """A clock given in MHz; raises BoardError for what is no frequency."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1000:
        raise BoardError(f"CLOCK={text} is no clock: give board, auto, or a number of MHz")
    return value


def fastest(board: Board, run: Callable[[Setting | None], Build]) -> tuple[Build, Setting | None]:
    """Build with the fastest PLL setting whose timing is met; `run` builds with one.

    The first build, at the PLL's slowest, tells how fast the core is on this fabric; what nextpnr
    makes of a netlist hardly depends on the clock that is asked for, so the setting below that is
    met, or one a little slower. Where even the slowest is not, the core keeps the board's own clock
    (None): an iCE40's PLL makes no less than 16 MHz. Raises TimingNotMet where no clock is met.
    """
    slowest = min(PLLS[board.family](board.clock_hz), key=lambda setting: setting.hz)
    try:
        build = run(slowest)
    except TimingNotMet as error:
        if slowest.hz <= board.clock_hz:
            raise
        say(
            f"  {error.fmax_mhz:.2f} MHz reached, {float(slowest.hz) / 1e6:.2f} MHz is the PLL's"
            f" slowest: the core keeps the board's {board.clock_hz / 1e6:g} MHz"
        )
        return run(None), None
    limit = max(result.fmax_mhz for result in build.routed.values())
    setting = slowest
    for _ in range(TRIES):
        setting = find_setting(board, limit)
        say(f"core's clock: {float(setting.hz) / 1e6:.2f} MHz from the PLL")
        try:
            return run(setting), setting
        except TimingNotMet as error:
            say(f"  {error.fmax_mhz:.2f} MHz reached")
            limit = min(error.fmax_mhz, 0.99 * float(setting.hz) / 1e6)
    return run(slowest), slowest
