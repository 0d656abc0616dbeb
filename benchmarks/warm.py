"""Seconds of `make synth` with a trained model and warm caches, one seed, everything else anew."""

import shutil
import time
from pathlib import Path
from typing import Any

from benchmarks.started import start as run

__all__ = ["time_warm_synth"]

KEPT = ("model.json", "model.safetensors")


def time_warm_synth(recipe: str, build: Path) -> dict[str, Any]:
    """Build `recipe` from its trained model; the model is trained first where there is none."""
    folder = Path("build") / recipe
    run(["make", "train", f"RECIPE={recipe}"])
    for path in folder.iterdir():
        if path.name not in KEPT:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    start = time.monotonic()
    log = build / f"warm-{recipe}.log"
    with log.open("wb") as stream:
        command = ["make", "synth", f"RECIPE={recipe}", "SEEDS=1"]
        run(command, stream)
    return {"recipe": recipe, "seconds": round(time.monotonic() - start, 1)}
