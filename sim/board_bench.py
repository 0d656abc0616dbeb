"""The cocotb side of the virtual board: carries bytes between a pseudo-terminal and the line."""

import contextlib
import os
import select
import time
import tty
from pathlib import Path
from typing import Any

import cocotb

from sim.board import PORT_VARIABLE
from sim.line import Line
from sim.top import TOP_DIVISOR

# After a byte the simulation runs on without a pause for so long, since a self-test may be
# running; then it naps between looks at the port.
BUSY_SECONDS = 60.0
NAP_SECONDS = 0.05
BITS_BETWEEN_LOOKS = 20


@cocotb.test()
async def board(dut: Any) -> None:
    """Run until the process that started the simulator ends, however it ends."""
    starter = os.getppid()
    line = Line(dut, TOP_DIVISOR)
    await line.start()
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    port = Path(os.environ[PORT_VARIABLE])
    port.symlink_to(os.ttyname(slave))
    # The runner passes on whole lines, which it knows by the one that follows.
    print(f"smelt: ready at {port}\n", flush=True)
    last = time.monotonic()
    while os.getppid() == starter:
        nap = NAP_SECONDS if time.monotonic() - last > BUSY_SECONDS else 0
        if select.select([master], [], [], nap)[0]:
            last = time.monotonic()
            for byte in os.read(master, 4096):
                await line.send(bytes([byte]))
                _pass_on(line, master)
        else:
            await line.bits(BITS_BETWEEN_LOOKS)
        _pass_on(line, master)


def _pass_on(line: Line, master: int) -> None:
    """Give the host what the board sent; where nobody reads, it is lost, as on a wire."""
    data = line.taken()
    if data:
        with contextlib.suppress(BlockingIOError):
            os.write(master, data)
