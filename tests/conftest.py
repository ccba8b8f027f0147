"""One report for everything: unit tests first, then slow ones, then the notebooks (nbmake)."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # for `import tools`, however pytest is started

# `pytest --nbmake` runs notebooks that it is given, not those that tests use as material.
collect_ignore_glob = ["*.ipynb"]


def pytest_collection_modifyitems(items):
    """Sort by cost; what fails fast, fails first."""

    def cost(item) -> int:
        if item.path.suffix == ".ipynb":
            return 2
        return 1 if item.get_closest_marker("slow") else 0

    items.sort(key=cost)
