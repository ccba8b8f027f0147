"""Pretrain a model on text: `python -m helpers.pretraining --objective mlm+nsp --out runs/bert`.

It trains on the generated corpus of `helpers.data.pretraining`, or on a text file: one sentence
per line, a blank line between documents. `--out` is a folder for `checkpoint.pt` (model, optimizer,
step, curve) and `curve.json`. Started again after whatever stopped it, the same command goes on
from the last checkpoint and ends with the numbers of an uninterrupted run: all that is random in a
step is drawn from the seed and the step's number, so no other state could be lost.

On several devices or machines:

    torchrun --nproc-per-node 4 -m helpers.pretraining \\
        --objective next-token --batch 256 --out runs/gpt

`--batch` is the batch of all processes together, and so are the losses: without dropout they are
those of one process. All machines must see the same `--out`.
"""

import argparse
import dataclasses
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from helpers.pretraining.checkpoints import CheckpointError
from helpers.pretraining.run import pretrain
from helpers.pretraining.settings import Settings
from helpers.training import Diverged


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m helpers.pretraining",
        usage="%(prog)s --out FOLDER [options]",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for field in dataclasses.fields(Settings):
        more = dict(field.metadata)
        if field.type is bool or field.type == "bool":
            more["action"] = "store_true"
        else:
            more.setdefault("type", str if field.default is None else type(field.default))
            if "choices" not in more:
                more["metavar"] = {int: "N", float: "X", str: "FILE"}[more["type"]]
            more["help"] += "" if field.default is None else f" ({field.default})"
        parser.add_argument(f"--{field.name.replace('_', '-')}", default=field.default, **more)
    parser.add_argument(
        "--out", required=True, metavar="FOLDER", help="for checkpoint.pt and curve.json"
    )
    parser.add_argument(
        "--every", type=int, default=100, metavar="N", help="steps between checkpoints (100)"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a mistake in the arguments ends it with a sentence, not a traceback."""
    options = vars(_parser().parse_args(arguments))
    out, every = Path(options.pop("out")), options.pop("every")
    checkpoint = out / "checkpoint.pt"
    started = time.perf_counter()
    try:
        run = pretrain(Settings(**options), out, every=every)
    except (ValueError, OSError, CheckpointError, Diverged) as error:
        sys.exit(f"pretraining: {error}")
    except KeyboardInterrupt:
        where = f"goes on from {checkpoint}" if checkpoint.exists() else "starts anew"
        sys.exit(f"pretraining: interrupted; the same command {where}")
    if int(os.environ.get("RANK", "0")) == 0:
        count = sum(p.numel() for p in run.model.parameters())
        last = ", ".join(f"{name} {values[-1]:.4f}" for name, values in run.curve.items())
        print(f"{count:,} parameters, {time.perf_counter() - started:.0f} s, {last}: {out}")


if __name__ == "__main__":
    main()
