"""What trains in the helpers' own tests trains on a device without float64."""

import os
import subprocess
import sys

import pytest

from tests.device.notebook import ROOT

# The rest has no word of a device, or takes long; `pytest tests/helpers --device fake` runs it all.
FILES = ["test_training.py", "models/test_seq2seq.py"]


@pytest.mark.slow
def test_the_tests_of_helpers_pass_on_the_device():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--device", "fake"]
        + [f"tests/helpers/{name}" for name in FILES],
        cwd=ROOT,
        env=os.environ | {"FAKE_FLOAT64": "0", "TQDM_DISABLE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5000:]
