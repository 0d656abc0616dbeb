"""The host's end of the link: requests to a board on a serial port, and its replies.

The protocol is `hw.link`'s. Whatever carries the bytes, a serial port or the virtual board's
pseudo-terminal, looks the same from here.
"""

import contextlib
import errno
import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gen.errors import SmeltError
from hw.frames import FLAG, FrameReader, encode_frame
from hw.link import (
    FIRST,
    GENERATE,
    IDENTIFY,
    INFER,
    MOST_STEPS,
    PROTOCOL,
    QUIET,
    REASONS,
    REFUSED,
    SELF_TEST,
    STEPS,
    TICK_BYTES,
)
from hw.shape import CoreShape

__all__ = ["DIGITS", "Device", "HostError", "Identity", "Request", "Tested", "open_port"]

TRIES = 3
AHEAD = 32
IDENTITY_BYTES = 16
# Hexadecimal digits of the digest that an identity has.
DIGITS = 10


class HostError(SmeltError):
    """A board does not answer, or not as it should."""


@dataclass(frozen=True)
class Identity:
    """What a board says of itself; `clock_khz` is the link's clock, with `divisor` cycles a bit."""

    version: int
    recurrent: bool
    self_test: bool
    own_clock: bool
    generates: bool
    inputs: int
    outputs: int
    clock_khz: int
    divisor: int
    digest: str

    @classmethod
    def parse(cls, content: bytes) -> "Identity":
        """From the 16 bytes of `hw.link.identity`; raises HostError."""
        if len(content) != IDENTITY_BYTES or content[0] != PROTOCOL:
            raise HostError(
                f"the board speaks version {content[0] if content else '?'} of the protocol, this"
                f" program {PROTOCOL}: build and program it again"
            )
        flags = content[1]
        places = ((2, 4), (4, 6), (6, 9), (9, 11))
        numbers = (int.from_bytes(content[slice(*at)], "little") for at in places)
        inputs, outputs, khz, divisor = numbers
        recurrent, self_test, own, writes = (bool(flags & bit) for bit in (1, 2, 4, 8))
        known = content[0], recurrent, self_test, own, writes
        return cls(*known, inputs, outputs, khz, divisor, content[11:].hex())


@dataclass(frozen=True)
class Request:
    """Input bits x as a number; `first` starts a sequence, `quiet` asks for no answer."""

    x: int
    first: bool = True
    quiet: bool = False


@dataclass(frozen=True)
class Tested:
    """A self-test's signature, the link's clock cycles that it took (None: the core shares the
    link's clock, and takes one a vector), and the seconds until the answer was here."""

    signature: int
    ticks: int | None
    seconds: float


def open_port(name: str | None, baud: int) -> Any:
    """The serial port, for nobody else while it is open; raises HostError, which lists those that
    there are."""
    import serial
    from serial.tools import list_ports

    known = [port.device for port in list_ports.comports()]
    there = f"serial ports here: {', '.join(known) or 'none'}"
    if name is None:
        raise HostError(
            f"no --port given; {there}; `make board-sim` runs a virtual board on a port of its own"
        )
    try:
        return serial.Serial(name, baud, timeout=0.02, exclusive=True)
    except (serial.SerialException, OSError, ValueError) as error:
        number = getattr(error, "errno", None)
        if number in (errno.EAGAIN, errno.EACCES, errno.EBUSY) and _in_use(error):
            raise HostError(
                f"{name}: another program talks to the board on this port; wait until it is done"
            ) from None
        reason = os.strerror(number) if number else f"cannot be opened as a serial port ({error})"
        raise HostError(f"{name}: {reason}; {there}; is the board plugged in?") from None


def _in_use(error: Exception) -> bool:
    """Whether an open failed for the lock that another program has on the port."""
    return "lock" in str(error) or getattr(error, "errno", None) == errno.EBUSY


class Device:
    """A board on an open port; `timeout` is the longest wait for a reply in seconds.

    `at_work` is for how many bytes on the line the core works at a vector: where a core takes its
    time, requests are sent so much further apart.
    """

    def __init__(self, port: Any, shape: CoreShape, timeout: float = 2.0) -> None:
        self.port = port
        self.shape = shape
        self.timeout = timeout
        self.at_work = 0
        self._reader = FrameReader()
        self._arrived: deque[bytes | None] = deque()
        self._resynchronize()

    def identify(self) -> Identity:
        """Ask who is there; raises HostError where nothing answers."""
        return Identity.parse(self._exchange(bytes([IDENTIFY]), self.timeout)[1:])

    def infer(self, x: int) -> int:
        """The output bits for input bits, as numbers."""
        return next(iter(self.stream([Request(x)])))

    def self_test(self, first: int, log16: int, expected_seconds: float = 0) -> Tested:
        """Run 16^log16 vectors from the payload `first` (a frame register's value)."""
        payload = first.to_bytes(self.shape.payload_bytes, "little")
        start = time.monotonic()
        request = bytes([SELF_TEST | log16]) + payload
        reply = self._exchange(request, self.timeout + expected_seconds)[1:]
        seconds = time.monotonic() - start
        size = self.shape.signature_bytes
        if len(reply) not in (size, size + TICK_BYTES):
            raise HostError(f"the board answered a self-test with {len(reply)} bytes, not {size}")
        ticks = int.from_bytes(reply[size:], "little") if len(reply) > size else None
        return Tested(int.from_bytes(reply[:size], "little"), ticks, seconds)

    def generate(self, prefix: Sequence[Request], steps: int) -> list[int]:
        """The first byte of the outputs, as numbers, of the last step of a prefix, which begins a
        sequence, and of so many steps that the core then takes on its own class.

        Only that last answer is waited for. Where anything is lost or refused, all begins anew, up
        to three times; then HostError.
        """
        requests = [*(replace(one, quiet=True) for one in prefix[:-1]), prefix[-1]]
        for attempt in range(TRIES):
            try:
                (answer,) = self.stream(requests)
                found = [answer & 0xFF]
                while len(found) <= steps:
                    found += self._go_on(min(steps + 1 - len(found), MOST_STEPS))
                return found
            except HostError:
                if attempt == TRIES - 1:
                    raise
                self._resynchronize()
        raise AssertionError

    def _go_on(self, steps: int) -> bytes:
        """Asked once: a second time would go on from another step."""
        content = bytes([GENERATE | steps - 1])
        reply = self._once(content, self.timeout)
        if reply[:1] != content or len(reply) != 1 + steps:
            raise HostError(f"the board answered {reply.hex(' ')}, not with {steps} symbols")
        return reply[1:]

    def stream(self, requests: Sequence[Request]) -> Iterator[int]:
        """The output bits for each request that is not quiet, in order.

        Requests are sent ahead of the replies. Where one is lost or refused, all from the last
        `first` on are sent again, up to three times in a row; then HostError.
        """
        answered, failures = 0, 0
        while answered < len(requests):
            start = max(i for i in range(answered + 1) if requests[i].first or i == 0)
            try:
                for index, y in self._stream_once(requests, start):
                    if index >= answered:
                        answered, failures = index + 1, 0
                        yield y
                return
            except HostError:
                failures += 1
                if failures == TRIES:
                    raise
                self._resynchronize()

    def _stream_once(self, requests: Sequence[Request], start: int) -> Iterator[tuple[int, int]]:
        waiting: list[tuple[int, bytes]] = []
        number, sent, last = 0, start, time.monotonic()
        while sent < len(requests) or waiting:
            while sent < len(requests) and len(waiting) < AHEAD:
                request = requests[sent]
                number = 0 if request.first else (number + 1) % STEPS
                command = INFER | number << 2 | QUIET * request.quiet | FIRST * request.first
                answered = sent > start and not requests[sent - 1].quiet
                self._send(self._line(command, request, answered))
                if not request.quiet:
                    waiting.append((sent, bytes([command])))
                sent += 1
            self._receive()
            while self._arrived:
                frame = self._arrived.popleft()
                if _is_identity(frame):
                    continue
                last = time.monotonic()
                if not waiting:
                    raise HostError("the board refused a request that asked for no answer")
                index, head = waiting.pop(0)
                yield index, self._answer(frame, head)
            if waiting and time.monotonic() - last > self.timeout:
                raise self._silence(self.timeout)

    def _line(self, command: int, request: Request, answered: bool) -> bytes:
        """A request, and flags before it, in which the core does the vector before.

        Where that one is `answered`, both last as long as the longest reply. Two bytes more are for
        rates of board and host that are not quite the same.
        """
        line = encode_frame(bytes([command]) + self.shape.pack(request.x))
        reply = (2 * (3 + self.shape.answer_bytes) + 1) * answered
        return bytes([FLAG] * (2 + max(self.at_work, reply - len(line)))) + line

    def _answer(self, frame: bytes | None, head: bytes) -> int:
        content = self._checked(frame)
        if content[:1] != head or len(content) != 1 + self.shape.answer_bytes:
            raise HostError(
                f"the board answered {content.hex(' ')}, not to the request that is due: one was"
                " lost on the line"
            )
        return int.from_bytes(content[1:], "little")

    def _exchange(self, content: bytes, timeout: float) -> bytes:
        """Send one frame and return the reply; refusals are tried again."""
        for attempt in range(TRIES):
            try:
                reply = self._once(content, timeout)
            except _Refused:
                if attempt == TRIES - 1:
                    raise
                self._resynchronize()
                continue
            if reply[0] & REFUSED != content[0] & REFUSED:
                raise HostError(f"the board answered {reply.hex(' ')}, which is not to the request")
            return reply
        raise AssertionError

    def _once(self, content: bytes, timeout: float) -> bytes:
        self._send(bytes([FLAG]) + encode_frame(content))
        return self._checked(self._frame(timeout, content[0] == IDENTIFY))

    def _frame(self, timeout: float, identity: bool) -> bytes | None:
        """The next frame, past identities where none is wanted: late ones of `_resynchronize`."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            self._receive()
            while self._arrived:
                frame = self._arrived.popleft()
                if identity or not _is_identity(frame):
                    return frame
        raise self._silence(timeout)

    def _send(self, line: bytes) -> None:
        with _unplugged():
            self.port.write(line)

    def _receive(self) -> None:
        with _unplugged():
            self._arrived += self._reader.feed(self.port.read(max(1, self.port.in_waiting)))

    def _checked(self, frame: bytes | None) -> bytes:
        if frame is None:
            raise _Refused("a reply came with a wrong check value: is the baud rate the board's?")
        if frame[0] & REFUSED == REFUSED:
            reason = REASONS.get(frame[0] & 7, "for no known reason")
            raise _Refused(f"the board refused a request: {reason}")
        return frame

    def _silence(self, timeout: float) -> "_Silent":
        return _Silent(
            f"no answer within {timeout:g} s; is this the board's port, is it programmed with a"
            " design of this version, and is the baud rate its own?"
        )

    def _resynchronize(self) -> None:
        """End whatever frame is open, and drop all replies up to that to a question asked now.

        The flags before the question give time for what may be under way. Where it is lost all the
        same it is asked again; raises HostError where no answer ever comes.
        """
        longest = 2 * (3 + max(self.shape.answer_bytes, self.shape.signature_bytes))
        question = bytes([FLAG] * (2 + self.at_work + longest)) + encode_frame(bytes([IDENTIFY]))
        for _ in range(TRIES):
            self._send(question)
            # What else is on the line may never end, so it does not start the wait again.
            end = time.monotonic() + self.timeout / TRIES
            with contextlib.suppress(_Silent):
                while not _is_identity(self._frame(end - time.monotonic(), True)):
                    pass
                return
        raise self._silence(self.timeout)


def _is_identity(frame: bytes | None) -> bool:
    return frame is not None and len(frame) == 1 + IDENTITY_BYTES and frame[0] == IDENTIFY


@contextlib.contextmanager
def _unplugged() -> Iterator[None]:
    """Say in one line that the port is gone; pyserial's errors are of OSError."""
    try:
        yield
    except OSError as error:
        raise HostError(f"the port is lost ({error}): was the board unplugged?") from None


class _Silent(HostError):
    """Nothing came, or nothing of what was waited for."""


class _Refused(HostError):
    """A request that may be sent again."""
