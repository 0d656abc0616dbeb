"""Frames on a serial line, as the host makes and reads them: one definition for both ends.

A frame is its bytes, their check value of two bytes with the low byte first, and a flag. In the
bytes and the check value, a flag or an escape is sent as an escape and the byte with bit 5 turned
over (RFC 1662, section 4). So a flag is always the end of a frame: whatever went wrong before it,
the next frame starts afresh, without a time-out. The check value is CRC-16/IBM-SDLC of RFC 1662,
appendix C: at a value of one byte, one of 256 garbled frames would be taken for good.
"""

from amaranth.lib.crc import Parameters, catalog

__all__ = ["CHECK", "ESCAPE", "FLAG", "TURNED", "FrameReader", "encode_frame", "frame_bytes"]

FLAG = 0x7E
ESCAPE = 0x7D
TURNED = 0x20
CHECK: Parameters = catalog.CRC16_IBM_SDLC()
CHECK_BYTES = 2


def encode_frame(content: bytes) -> bytes:
    """The bytes on the line for a frame of this content, the closing flag included."""
    check = CHECK.compute(content).to_bytes(CHECK_BYTES, "little")
    line = bytearray()
    for byte in content + check:
        line += bytes([ESCAPE, byte ^ TURNED] if byte in (FLAG, ESCAPE) else [byte])
    return bytes(line) + bytes([FLAG])


def frame_bytes(content: int) -> int:
    """Bytes on the line for a frame of `content` bytes of which none needs an escape."""
    return content + CHECK_BYTES + 1


class FrameReader:
    """Takes bytes off the line as they come, and gives the frames in them."""

    def __init__(self) -> None:
        self._content = bytearray()
        self._escaped = False

    def feed(self, line: bytes) -> list[bytes | None]:
        """The content of each frame that ends in `line`; None for one whose check value is wrong.

        Flags with nothing between them are no frames.
        """
        frames: list[bytes | None] = []
        for byte in line:
            if byte == FLAG:
                if self._content or self._escaped:
                    frames.append(self._checked())
                self._content, self._escaped = bytearray(), False
            elif byte == ESCAPE:
                self._escaped = True
            else:
                self._content.append(byte ^ TURNED if self._escaped else byte)
                self._escaped = False
        return frames

    def _checked(self) -> bytes | None:
        content, check = self._content[:-CHECK_BYTES], self._content[-CHECK_BYTES:]
        good = CHECK.compute(content).to_bytes(CHECK_BYTES, "little") == check
        return bytes(content) if content and good and not self._escaped else None
