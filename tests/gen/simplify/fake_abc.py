"""A program in place of ABC that understands just enough to test who calls it.

`-c "source FILE"` or `-c "command; command"`. Known: read_aiger, write_aiger, miter (the constant 0
where both files are equal, else the constant 1), `take FILE` (the network becomes that file),
`hang`, `fail`, and any other word is a pass that changes nothing.
"""

import shutil
import sys
import time

SAME, OTHER = b"aig 0 0 0 1 0\n0\n", b"aig 0 0 0 1 0\n1\n"


def read(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read()


def run(commands: list[str]) -> None:
    current = b""
    for line in commands:
        word, *rest = line.split() or [""]
        if word == "read_aiger":
            current = read(rest[0])
        elif word == "take":
            shutil.copy(rest[0], "taken")
            current = read("taken")
        elif word == "write_aiger":
            with open(rest[0], "wb") as stream:
                stream.write(current)
        elif word == "miter":
            current = SAME if read(rest[0]) == read(rest[1]) else OTHER
        elif word == "hang":
            time.sleep(60)
        elif word == "fail":
            print("a command failed")
            sys.exit(1)


if __name__ == "__main__":
    given = sys.argv[2]
    if given.startswith("source "):
        run(read(given.split()[-1]).decode().splitlines())
    else:
        run([command.strip() for command in given.split(";")])
