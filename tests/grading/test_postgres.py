"""The gradebook in PostgreSQL: a real server, started for these tests."""

import getpass
import glob
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from classroom import mark_by_hand, marks
from tiny_course import RIGHT, WRONG

from grading import grade

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("sandbox"),
    pytest.mark.filterwarnings("ignore:Object of type"),
]


def binaries() -> str:
    """Where initdb is: not on the PATH in Debian."""
    found = shutil.which("initdb") or next(iter(glob.glob("/usr/lib/postgresql/*/bin/initdb")), "")
    if not found:
        pytest.skip("no PostgreSQL server here: apt install postgresql")
    return os.path.dirname(os.path.realpath(found))


@pytest.fixture
def database():
    """The URL of an empty database, reached through a socket."""
    folder, programs = Path(tempfile.mkdtemp(prefix="pg-")), binaries()
    user, prefix = getpass.getuser(), []
    if os.geteuid() == 0:  # the server refuses to run as root
        user, prefix = "postgres", ["runuser", "-u", "postgres", "--"]
        shutil.chown(folder, user)

    def call(*command):
        subprocess.run([*prefix, *command], check=True, capture_output=True, cwd=folder)

    call(f"{programs}/initdb", "-D", str(folder / "data"), "-A", "trust", "-U", user)
    options = f"-k {folder} -c listen_addresses=''"
    log = str(folder / "log")
    call(f"{programs}/pg_ctl", "-D", str(folder / "data"), "-o", options, "-l", log, "-w", "start")
    try:
        call(f"{programs}/createdb", "-h", str(folder), "-U", user, "gradebook")
        yield f"postgresql+psycopg://{user}@/gradebook?host={folder}"
    finally:
        call(f"{programs}/pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def test_a_class_is_graded_into_postgres(database, tiny, submit):
    with (tiny / "nbgrader_config.py").open("a") as file:
        file.write(f"\nc.CourseDirectory.db_url = {database!r}\n")
        file.write("c.CourseDirectory.course_id = 'spring'\n")
    submit("ann", RIGHT, why="It is a sum.")
    submit("bob", WRONG)
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {"ann": 2, "bob": 0}
    mark_by_hand(tiny, "ann", 1)
    submit("bob", RIGHT)
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {"ann": 3, "bob": 2}
    assert not (tiny / "grading" / "gradebook.db").exists()
