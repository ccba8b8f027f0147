"""Run one notebook in a kernel of its own and measure what it took.

    python worker.py NOTEBOOK CWD SECONDS_PER_CELL

Writes the outputs back into NOTEBOOK and prints one JSON object: `cpu_seconds` and
`peak_mib` of the kernel, `wall_seconds`, and `failure` (null, or cell, error, message).
It is a process of its own because the operating system counts the CPU seconds and the peak
memory of a process's children, once they have ended, all together. Windows does not: there the
kernel is asked after each cell.
"""

import json
import sys
import time

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

try:
    import resource
except ImportError:  # Windows
    resource = None

_MIB = 2**20
# ru_maxrss is in KiB on Linux, in bytes on macOS.
_RSS_PER_MIB = _MIB if sys.platform == "darwin" else 1024


class Client(NotebookClient):
    """Runs a notebook, patiently, and notes what its kernel took."""

    def __init__(self, notebook: nbformat.NotebookNode, cwd: str, timeout: int):
        """Prepare to run `notebook` in the folder `cwd`, `timeout` seconds for a cell."""
        super().__init__(
            notebook,
            timeout=timeout,
            startup_timeout=timeout,
            iopub_timeout=timeout,  # on a busy machine a cell's outputs come late
            resources={"metadata": {"path": cwd}},
            record_timing=False,
        )
        self.ended: set[int] = set()  # the cells that ran to their end
        self._asked = {"cpu_seconds": 0.0, "peak_mib": 0}
        self.on_cell_executed = self._note

    def took(self) -> dict:
        """CPU seconds and the peak memory of the kernel, which has ended."""
        if resource is None:
            return self._asked
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {
            "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
            "peak_mib": round(used.ru_maxrss / _RSS_PER_MIB),
        }

    def _note(self, cell_index: int, **_cell) -> None:
        self.ended.add(cell_index)
        if resource is None:
            self._ask()

    def _ask(self) -> None:
        # in a virtual environment on Windows, the kernel is the child of a launcher
        kernel = psutil.Process(self.km.provisioner.pid)
        family = [kernel, *kernel.children(recursive=True)]
        times = [process.cpu_times() for process in family]
        memory = [process.memory_info() for process in family]
        self._asked = {
            "cpu_seconds": round(sum(each.user + each.system for each in times), 2),
            "peak_mib": round(max(getattr(each, "peak_wset", each.rss) for each in memory) / _MIB),
        }


def run(client: Client) -> dict | None:
    """Execute in place; return the failure (cell index, error, message), or None."""
    try:
        client.execute()
    except CellExecutionError as error:
        return _failure(client, error.ename, error.evalue)
    except CellTimeoutError:
        return _failure(client, "Timeout", f"the cell ran longer than {client.timeout} seconds")
    except DeadKernelError:
        return _failure(client, "DeadKernel", "the kernel died; was the memory used up?")
    return None


def _failure(client: Client, error: str, message: str) -> dict:
    cells = client.nb.cells
    code = [index for index, cell in enumerate(cells) if cell.cell_type == "code"]
    errors = [
        index
        for index in code
        if any(output.output_type == "error" for output in cells[index].outputs)
        and "raises-exception" not in cells[index].metadata.get("tags", [])
    ]
    # A cell that timed out or lost its kernel has no error, and may have a count all the same.
    unfinished = [index for index in code if index not in client.ended]
    cell = (errors or unfinished or code[-1:])[0]
    return {"cell": cell, "error": error, "message": message}


def main(path: str, cwd: str, timeout: str) -> None:
    """Execute the notebook at `path` in the folder `cwd`, and report on standard output."""
    notebook = nbformat.read(path, as_version=4)
    client = Client(notebook, cwd, int(timeout))
    began = time.monotonic()
    failure = run(client)
    wall = time.monotonic() - began
    nbformat.write(notebook, path)
    print(json.dumps({**client.took(), "wall_seconds": round(wall, 2), "failure": failure}))


if __name__ == "__main__":
    main(*sys.argv[1:])
