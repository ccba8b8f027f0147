"""The map of the package is true, and what a kernel's run needs does without the gradebook."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import grading
import grading.preprocessors
import grading.sandbox

ALONE = (
    *("assignment", "command", "errors", "hidden", "inside", "intake", "integrity", "kernels"),
    *("notebook_run", "sandbox.provisioner", "settings", "submission", "verdict"),
)


@pytest.mark.parametrize("package", [grading, grading.preprocessors, grading.sandbox])
def test_the_map_names_every_module_and_no_other(package):
    folder = Path(package.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    modules |= {path.parent.name for path in folder.glob("*/__init__.py")}
    named = set(re.findall(r"^([a-z_]+)  +\w", package.__doc__, re.MULTILINE))
    assert named == modules


def test_running_a_notebook_needs_no_gradebook():
    code = "import sys\n" + "".join(f"import grading.{name}\n" for name in ALONE)
    code += "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"nbgrader", "sqlalchemy", "helpers"} & set(result.stdout.split())


def test_a_warning_is_silenced_only_where_it_belongs():
    code = (
        "import warnings; before = list(warnings.filters); import grading.grade\n"
        "from sqlalchemy.exc import SAWarning\n"
        "assert not [f for f in warnings.filters if f[2] is SAWarning and f[0] == 'ignore']"
    )
    subprocess.run([sys.executable, "-W", "default", "-c", code], check=True)
