"""The course's front door: `python course.py` lists what there is.

It needs Python and nothing else, on Linux, macOS and Windows: the rest is installed beside it,
in `.venv`. What each command does stands in tools/door.py, what differs between systems in
tools/system.py.
"""

import os
import sys

sys.dont_write_bytecode = True  # another Python's leftovers in tools/ help nobody

if __name__ == "__main__":
    # Both of these are read by a Python of any age: no new syntax in either.
    from tools import system

    if sys.version_info < system.OLDEST:
        sys.exit(system.wrong_python(sys.version_info[:2], sys.argv[1:]))

    from tools import door

    sys.exit(door.main(os.path.dirname(os.path.abspath(__file__)), sys.argv[1:]))
