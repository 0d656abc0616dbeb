"""Frames against a published check value and bytes written by hand."""

import random

from hw.frames import CHECK, FrameReader, encode_frame, frame_bytes


def test_check_value_is_the_published_one() -> None:
    # CRC-16/IBM-SDLC in the catalogue of parametrised CRC algorithms: check 0x906e.
    assert CHECK.compute(b"123456789") == 0x906E


def test_frame_of_known_bytes() -> None:
    assert encode_frame(b"123456789") == b"123456789\x6e\x90\x7e"
    assert len(encode_frame(b"123456789")) == frame_bytes(9)


def test_flags_and_escapes_inside_are_escaped() -> None:
    line = encode_frame(b"\x7e\x7d\x20")
    assert line.startswith(b"\x7d\x5e\x7d\x5d\x20")
    assert line.count(0x7E) == 1
    assert FrameReader().feed(line) == [b"\x7e\x7d\x20"]


def test_frames_come_back_in_any_pieces() -> None:
    choose = random.Random(3)
    contents = [choose.randbytes(choose.randint(1, 30)) for _ in range(200)]
    line = b"".join(encode_frame(content) + b"\x7e" * choose.randint(0, 3) for content in contents)
    reader, found = FrameReader(), []
    while line:
        size = choose.randint(1, 9)
        found += reader.feed(line[:size])
        line = line[size:]
    assert found == contents


def test_every_flipped_bit_is_seen() -> None:
    line = encode_frame(b"\x41\x00\x10\x22")
    for bit in range(8 * (len(line) - 1)):
        wrong = bytearray(line)
        wrong[bit // 8] ^= 1 << bit % 8
        assert b"\x41\x00\x10\x22" not in FrameReader().feed(bytes(wrong))


def test_damaged_frames_cost_no_other() -> None:
    good = encode_frame(b"good")
    for wrong in (good[1:], good[:-2] + b"\x7e", b"\x7d\x7e", b"\x01\x7e", good[:-1] + b"\x7d\x7e"):
        assert FrameReader().feed(wrong + good) == [None, b"good"]
