"""Stand-ins for a melted core."""

from amaranth.hdl import Cat, Elaboratable, Module, Mux, Signal

__all__ = ["OUTPUTS", "Counting", "Echo", "counting", "counting_late", "echo"]

OUTPUTS = [("class", 3), ("score[0]", 5), ("score[1]", 5)]


class Echo(Elaboratable):
    """A core whose outputs are its inputs, `latency` cycles later."""

    def __init__(self, x, x_valid, y, y_valid, latency: int) -> None:
        self.ports = x, x_valid, y, y_valid
        self.latency = latency

    def elaborate(self, platform):
        m = Module()
        x, x_valid, y, y_valid = self.ports
        value = Cat(x, x_valid)
        for _ in range(self.latency):
            later = Signal(len(value))
            m.d.sync += later.eq(value)
            value = later
        m.d.comb += [y.eq(value[:-1]), y_valid.eq(value[-1])]
        return m


class Counting(Elaboratable):
    """A recurrent core: its state adds up the inputs; the last input starts from 0.

    Answers come `latency` cycles later, while further steps may be taken.
    """

    def __init__(self, x, x_valid, y, y_valid, latency: int = 1) -> None:
        self.ports = x, x_valid, y, y_valid
        self.latency = latency

    def elaborate(self, platform):
        m = Module()
        x, x_valid, y, y_valid = self.ports
        state = Signal(len(y))
        made = (Mux(x[-1], 0, state) + x[:-1])[: len(y)]
        answer = Cat(made, x_valid)
        for _ in range(self.latency):
            later = Signal(len(answer))
            m.d.sync += later.eq(answer)
            answer = later
        m.d.comb += [y.eq(answer[:-1]), y_valid.eq(answer[-1])]
        with m.If(x_valid):
            m.d.sync += state.eq(made)
        return m


def echo(latency: int):
    """Makes cores of that latency."""
    return lambda *ports: Echo(*ports, latency)


def counting(*ports):
    """Makes recurrent cores."""
    return Counting(*ports)


def counting_late(latency: int):
    """Makes recurrent cores of that latency."""
    return lambda *ports: Counting(*ports, latency)
