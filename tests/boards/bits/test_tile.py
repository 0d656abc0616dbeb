"""Truth tables in configuration bits; that icebox_vlog takes the same is in test_chain."""

from pathlib import Path

import numpy as np
import pytest

from boards.bits.tile import Tiles
from boards.bits.unpack import sections
from gen.files import FileDamaged


def configuration(seed: int = 0) -> str:
    rng = np.random.default_rng(seed)
    rows = ["".join(map(str, row)) for row in rng.integers(0, 2, (32, 54))]
    blocks = [".comment arachne", ".device 5k", ".io_tile 1 0", "0" * 18]
    blocks += [".logic_tile 3 4", *rows[:16], ".logic_tile 3 5", *rows[16:], ".sym 1 name"]
    return "\n".join(blocks) + "\n"


def test_tables_are_written_and_read() -> None:
    tiles = Tiles(configuration())
    wanted = {(3, 4, z): 0x1234 * (z + 1) & 0xFFFF for z in range(8)} | {(3, 5, 7): 0xBEEF}
    changed = Tiles(tiles.text(wanted))
    assert {site: changed.table(site) for site in wanted} == wanted
    assert changed.table((3, 5, 6)) == tiles.table((3, 5, 6))
    back = changed.text({site: tiles.table(site) for site in wanted})
    assert back == configuration()


def test_a_bit_is_one_bit() -> None:
    tiles = Tiles(configuration())
    places = set()
    for z in range(8):
        for bit in range(16):
            site = (3, 4, z)
            text = tiles.text({site: tiles.table(site) ^ 1 << bit})
            apart = [
                at for at, (a, b) in enumerate(zip(text, configuration(), strict=True)) if a != b
            ]
            assert len(apart) == 1
            places.add(apart[0])
    assert len(places) == 8 * 16


def test_no_tiles_wrong() -> None:
    with pytest.raises(FileDamaged, match="has no logic tile"):
        Tiles(".device 5k\n")


def test_sections_leave_remarks_and_empty_tiles_out(tmp_path: Path) -> None:
    path = tmp_path / "top.asc"
    path.write_text(configuration())
    found = sections(path)
    assert set(found) == {"logic_tile 3 4", "logic_tile 3 5"}
    assert len(found["logic_tile 3 4"]) == 16 * 54
