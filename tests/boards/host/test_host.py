"""The host client against a port that answers from a script, and what it says when that fails."""

import os
import time
import tty
from pathlib import Path

import pytest

from boards.__main__ import parser
from boards.host.client import Device, HostError, Identity, Request, open_port
from gen.console import main
from hw.frames import FLAG, FrameReader, encode_frame
from hw.link import FIRST, IDENTIFY, INFER, QUIET, identity
from hw.shape import CoreShape
from tests.boards.designs import write_core
from tests.boards.host.ports import Port

SHAPE = CoreShape.of(8, [("class", 4), ("score[0]", 4)], self_test=False)


def board():
    """A board whose outputs are its inputs, that counts as the link does."""
    due = 0

    def reply(frame: bytes) -> bytes | None:
        nonlocal due
        number = frame[0] >> 2 & 15
        if not frame[0] & FIRST and number != due:
            return bytes([0xC4])
        due = (number + 1) % 16
        return None if frame[0] & QUIET else frame[:2]

    return reply


def device(reply, timeout: float = 0.05) -> Device:
    """With a board that besides says who it is: that is not in `port.seen`."""

    def board(frame: bytes) -> bytes | None:
        if frame != bytes([IDENTIFY]):
            return reply(frame)
        found.seen.pop()
        return bytes([IDENTIFY]) + identity(SHAPE, bytes(8), 12000, 104, False)

    found = Port(board)
    return Device(found, SHAPE, timeout)


def test_answers_in_order_without_the_quiet_ones() -> None:
    requests = [Request(x, x % 10 == 0, x % 3 == 1) for x in range(200)]
    assert list(device(board()).stream(requests)) == [x for x in range(200) if x % 3 != 1]


def test_refused_request_is_sent_again_from_the_first_of_its_sequence() -> None:
    answer, calls = board(), 0

    def sometimes(frame: bytes) -> bytes | None:
        nonlocal calls
        calls += 1
        return bytes([0xC1]) if calls == 5 else answer(frame)

    found = device(sometimes)
    assert list(found.stream([Request(x, x % 4 == 0) for x in range(8)])) == list(range(8))
    assert [frame[1] for frame in found.port.seen][-4:] == [4, 5, 6, 7]


def test_lost_request_is_sent_again_and_no_answer_is_taken_for_its() -> None:
    answer, calls = board(), 0

    def losing(frame: bytes) -> bytes | None:
        nonlocal calls
        calls += 1
        return None if calls == 3 else answer(frame)

    found = device(losing)
    assert list(found.stream([Request(x, x == 0) for x in range(6)])) == list(range(6))
    assert [frame[1] for frame in found.port.seen] == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]


def test_late_replies_are_taken_for_no_answer() -> None:
    answer, late = board(), []

    def stuck(frame: bytes) -> bytes | None:
        # The third reply comes only with the next one asked for, and then too late.
        if frame[1] == 2 and not late:
            late.append(answer(frame))
            return None
        return answer(frame)

    found = device(stuck)
    write = found.port.write

    def delayed(data: bytes) -> None:
        if late and FrameReader().feed(data) == [bytes([IDENTIFY])]:
            found.port.waiting += encode_frame(late[0]) + encode_frame(bytes([INFER | FIRST, 99]))
        write(data)

    found.port.write = delayed
    assert list(found.stream([Request(x, x % 2 == 0) for x in range(6)])) == list(range(6))


def test_late_identities_are_passed_over() -> None:
    found = device(board())
    late = encode_frame(bytes([IDENTIFY]) + identity(SHAPE, bytes(8), 12000, 104, False))
    found.port.waiting += late
    assert list(found.stream([Request(7), Request(8)])) == [7, 8]
    assert [frame[1] for frame in found.port.seen] == [7, 8]
    found.port.waiting += late
    assert found.infer(9) == 9


def test_vector_that_is_always_lost_wrong() -> None:
    answer = board()
    losing = device(lambda frame: None if frame[1] == 2 else answer(frame))
    with pytest.raises(HostError, match="a vector before it was lost"):
        list(losing.stream([Request(x, x == 0) for x in range(4)]))


@pytest.mark.parametrize("at_work", [0, 40])
def test_requests_end_as_far_apart_as_a_reply_and_the_core_take(at_work: int) -> None:
    found = device(board())
    found.at_work = at_work
    reply = 2 * (1 + SHAPE.answer_bytes + 2) + 1
    # 0x7E has a longer line than 5.
    for x in (5, 0x7E):
        answered = found._line(INFER | FIRST, Request(x), answered=True)
        assert len(answered) >= reply + 2
        for line in (answered, found._line(INFER | FIRST, Request(x), answered=False)):
            assert line.startswith(bytes([FLAG] * (at_work + 2)))
        assert FrameReader().feed(answered) == [bytes([INFER | FIRST, x])]


def test_no_answer_wrong() -> None:
    with pytest.raises(HostError, match=r"no answer within 0\.03 s; is this the board's port"):
        Device(Port(lambda _: None), SHAPE, 0.03)
    with pytest.raises(HostError, match=r"no answer within 0\.05 s"):
        device(lambda _: None).infer(3)


@pytest.mark.parametrize(
    "noise",
    [b"\x7e", b"a login: \x7e", encode_frame(b"\x00abc")],
    ids=["flags", "garbled frames", "frames"],
)
def test_line_that_is_never_quiet_wrong(noise: bytes) -> None:
    noisy, start = Port(lambda _: None), time.monotonic()

    def read(size: int) -> bytes:
        assert time.monotonic() - start < 5, "the client waits for ever"
        return noise * 100

    noisy.read = read
    with pytest.raises(HostError, match=r"no answer within 0\.03 s"):
        Device(noisy, SHAPE, 0.03)


def test_board_unplugged_wrong() -> None:
    found = device(board())

    def read(size: int) -> bytes:
        raise OSError(5, "Input/output error")

    found.port.read = read
    with pytest.raises(HostError, match=r"the port is lost \(.*Input/output.*\): was the board"):
        list(found.stream([Request(1)]))


def test_refusals_without_end_wrong() -> None:
    with pytest.raises(HostError, match="refused a request: the check value was wrong"):
        device(lambda _: bytes([0xC1])).infer(3)


def test_identity_is_what_the_gateware_says() -> None:
    content = identity(
        CoreShape.of(300, [("class", 9)], reset=4), bytes(range(8)), 100000, 868, True
    )
    assert Identity.parse(content) == Identity(
        1, True, True, True, False, 299, 9, 100000, 868, "0001020304"
    )


def test_other_protocol_version_wrong() -> None:
    with pytest.raises(HostError, match="speaks version 9 of the protocol, this program 1"):
        Identity.parse(bytes([9, *bytes(15)]))


def test_port_that_is_not_there_wrong() -> None:
    with pytest.raises(HostError, match=r"^/dev/nothing: No such file or directory; serial ports "):
        open_port("/dev/nothing", 115200)
    with pytest.raises(HostError, match=r"^/dev/null: cannot be opened as a serial port \("):
        open_port("/dev/null", 115200)


def test_a_port_is_one_programs_at_a_time() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    name = os.ttyname(slave)
    first = open_port(name, 115200)
    wanted = f"{name}: another program talks to the board on this port; wait until it is done"
    with pytest.raises(HostError) as caught:
        open_port(name, 115200)
    assert str(caught.value) == wanted
    first.close()
    open_port(name, 115200).close()
    for number in (master, slave):
        os.close(number)


def test_no_port_given_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_core(tmp_path)
    assert main(parser(), ["talk", "--build", str(tmp_path), "identify"]) == 1
    assert "smelt: error: no --port given; serial ports here: " in capsys.readouterr().err
