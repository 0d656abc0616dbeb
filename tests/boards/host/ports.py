"""Serial ports with a board behind them that is a function."""

from hw.frames import FrameReader, encode_frame

__all__ = ["Port"]


class Port:
    """A board that answers each frame by a function of its content; None is no answer."""

    def __init__(self, reply) -> None:
        self.reply = reply
        self.reader = FrameReader()
        self.waiting = b""
        self.seen: list[bytes] = []

    @property
    def in_waiting(self) -> int:
        return len(self.waiting)

    def write(self, data: bytes) -> None:
        for frame in self.reader.feed(data):
            assert frame is not None
            self.seen.append(frame)
            answer = self.reply(frame)
            self.waiting += b"" if answer is None else encode_frame(answer)

    def read(self, size: int) -> bytes:
        taken, self.waiting = self.waiting[:size], self.waiting[size:]
        return taken
