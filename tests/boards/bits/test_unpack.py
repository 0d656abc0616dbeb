"""What is read of a bitstream's text form, from a text written here by hand."""

from pathlib import Path

from boards.bits.unpack import sections

TEXT = (
    b".comment of a board called M\xfcller 101\n\n.device 1k\n\n.logic_tile 1 2\n00 1\n0 10\n\n"
    b".io_tile 0 3\n0000\n\n.sym 7 1_a_name\n\n.logic_tile 3 4\n1111\n"
)


def test_sections_are_those_with_a_bit_that_is_set_from_the_first_to_the_last(
    tmp_path: Path,
) -> None:
    """Remarks may be in any encoding; empty sections are as if they were not there."""
    (tmp_path / "top.asc").write_bytes(TEXT)
    assert sections(tmp_path / "top.asc") == {"logic_tile 1 2": "001010", "logic_tile 3 4": "1111"}
