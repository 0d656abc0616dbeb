"""`python tests/vlogcache.py FOLDER icebox_vlog ...`: read the same bits back once a run.

icebox_vlog takes two seconds for a chip, and what it prints is decided by its arguments and the
files named in them, of which the last is the bits: it is kept in FOLDER under their digest.
"""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path


def main(folder: Path, command: list[str]) -> int:
    digest = hashlib.sha256()
    for word in command:
        path = Path(word)
        data = path.read_bytes() if path.suffix in (".asc", ".pcf") and path.is_file() else None
        digest.update(repr(data or word).encode())
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{digest.hexdigest()[:16]}.v"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
            if done.returncode != 0:
                sys.stdout.buffer.write(done.stdout)
                return done.returncode
            kept.with_suffix(".new").write_bytes(done.stdout)
            kept.with_suffix(".new").rename(kept)
    sys.stdout.buffer.write(kept.read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
