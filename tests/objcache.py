"""`python tests/objcache.py FOLDER c++ ... -c -o OBJECT SOURCE`: compile a source once a run.

Verilator's makefile puts what OBJCACHE says before each of its compilations. Four fifths of their
time goes to Verilator's own sources, which are the same for every design: their objects are kept
in FOLDER under the digest of command and source. Everything else is compiled as ever.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

OWN = "verilated"


def main(folder: Path, command: list[str]) -> int:
    source = Path(command[-1])
    if not (source.is_absolute() and source.name.startswith(OWN) and "-o" in command):
        os.execvp(command[0], command)
    made = Path(command[command.index("-o") + 1])
    digest = hashlib.sha256("\0".join(command).encode() + source.read_bytes()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    kept = {made.with_suffix(end): folder / f"{digest}{end}" for end in (".d", ".o")}
    with (folder / f"{digest}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if all(path.exists() for path in kept.values()):
            for here, path in kept.items():
                shutil.copyfile(path, here)
            return 0
        status = subprocess.run(command, check=False).returncode
        if status == 0:
            for here, path in kept.items():
                shutil.copyfile(here, path.with_suffix(".new"))
                path.with_suffix(".new").rename(path)
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
