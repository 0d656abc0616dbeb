"""Look-up tables inside the configuration bits of an iCE40, as text (.asc).

A logic tile is 16 lines of 54 bits; cell z of eight has 20 of them: columns 36 to 45 of lines 2z
and 2z + 1. ORDER says which of the 20 is bit i of the table, i = sum(in[k] << k) over the cell's
inputs in_0 to in_3. Source: Project IceStorm, "iCE40 logic tile documentation", and what its tools
take for these bits. That it is right is checked wherever faults are tried (`faults.Board`).
"""

from collections.abc import Iterable, Mapping

from gen.files import FileDamaged
from gen.proof.readback import Site

__all__ = ["Tiles"]

ORDER = (4, 14, 15, 5, 6, 16, 17, 7, 3, 13, 12, 2, 1, 11, 10, 0)
FIRST, WIDTH, LINES = 36, 10, 16


class Tiles:
    """The lines of a configuration, and where its logic tiles begin."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        self.starts: dict[tuple[int, int], int] = {}
        for at, line in enumerate(self.lines):
            words = line.split()
            if words[:1] == [".logic_tile"]:
                self.starts[int(words[1]), int(words[2])] = at + 1
        if not self.starts:
            raise FileDamaged("the configuration has no logic tile; unpack the bitstream again")

    def _place(self, site: Site, bit: int) -> tuple[int, int]:
        x, y, z = site
        row, column = divmod(ORDER[bit], WIDTH)
        return self.starts[x, y] + 2 * z + row, FIRST + column

    def table(self, site: Site) -> int:
        """The truth table of a cell."""
        places = [self._place(site, bit) for bit in range(16)]
        return sum(
            int(self.lines[line][column]) << bit for bit, (line, column) in enumerate(places)
        )

    def text(self, tables: Mapping[Site, int] | Iterable[tuple[Site, int]]) -> str:
        """The configuration with other truth tables in some cells."""
        lines = [list(line) for line in self.lines]
        for site, table in dict(tables).items():
            for bit in range(16):
                line, column = self._place(site, bit)
                lines[line][column] = str(table >> bit & 1)
        return "\n".join("".join(line) for line in lines) + "\n"
