"""The unit in which a chapter's work is counted: a small fixed training.

CPU seconds say as much about the machine as about the chapter: they double on an old processor,
or beside a busy neighbour. The training slows down with them. A chapter's work is its CPU seconds
divided by those of a unit, measured on the same machine just before and after.

A unit is 400 steps of a small multilayer perceptron, 100 of a convolutional net, and 100 of a
recurrent net with attention. On a quiet machine of 2026 it takes about one CPU second.

    python work.py

answers each line on standard input with a line of CPU seconds per unit, as JSON. Where
`COURSE_UNIT_SECONDS` gives that number, as in tests that are about something else, nothing is
measured.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

# A measurement takes a tenth of the unit, several times.
SHARE = 10
REPEATS = 3


class Meter:
    """A process that measures the unit when asked; it has imported torch once."""

    def __init__(self, env: dict[str, str]):
        """Start it in the environment of the chapters' kernels."""
        self._given = float(os.environ.get("COURSE_UNIT_SECONDS", 0))
        if self._given:
            return
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__))],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is the parent's to handle
        )

    def read(self) -> list[float]:
        """CPU seconds per unit, measured `REPEATS` times.

        Raises:
            RuntimeError: the process has ended; the message is its last.
        """
        if self._given:
            return [self._given]
        try:
            print(file=self._process.stdin, flush=True)
            return json.loads(self._process.stdout.readline())
        except (OSError, ValueError):
            message = self._process.communicate()[1]
            raise RuntimeError(f"the unit of work cannot be measured:\n{message}") from None

    def close(self) -> None:
        """End the process."""
        if not self._given:
            self._process.kill()
            self._process.communicate()


def trainings() -> list:
    """The three trainings, as (net, inputs, labels, steps per unit)."""
    import torch
    from torch import nn

    class Reader(nn.Module):
        """A recurrent net over characters whose states attend to each other."""

        def __init__(self, width: int = 32, alphabet: int = 40):
            super().__init__()
            self.embedding = nn.Embedding(alphabet, width)
            self.cell = nn.GRUCell(width, width)
            self.project = nn.Linear(width, 3 * width)
            self.out = nn.Linear(width, alphabet)

        def forward(self, tokens):
            """Scores (batch, time, alphabet) for tokens (batch, time)."""
            states, state = [], None
            for embedded in self.embedding(tokens).unbind(1):
                state = self.cell(embedded, state)
                states.append(state)
            states = torch.stack(states, dim=1)
            query, key, value = self.project(states).chunk(3, dim=-1)
            scores = query @ key.mT / query.shape[-1] ** 0.5
            return self.out(states + scores.softmax(dim=-1) @ value)

    perceptron = nn.Sequential(
        *(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10))
    )
    convolutional = nn.Sequential(
        *(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(1024, 10)),
    )
    return [
        (perceptron, torch.randn(128, 64), torch.randint(10, (128,)), 400),
        (convolutional, torch.randn(64, 1, 16, 16), torch.randint(10, (64,)), 100),
        (Reader(), torch.randint(40, (32, 12)), torch.randint(40, (32, 12)), 100),
    ]


def seconds_per_unit(nets: list) -> float:
    """CPU seconds of this process that a unit takes now."""
    import torch
    from torch.nn import functional as F

    began = time.process_time()
    for net, inputs, labels, steps in nets:
        optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
        for _ in range(steps // SHARE):
            loss = F.cross_entropy(net(inputs).flatten(0, -2), labels.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return SHARE * (time.process_time() - began)


def main() -> None:
    """Answer until standard input ends."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    nets = trainings()
    seconds_per_unit(nets)  # the first run allocates and compiles
    for _line in sys.stdin:
        print(json.dumps([seconds_per_unit(nets) for _ in range(REPEATS)]), flush=True)


if __name__ == "__main__":
    main()
