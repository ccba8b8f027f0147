"""Run one notebook in a kernel of its own and measure what it took.

    python worker.py NOTEBOOK CWD SECONDS_PER_CELL

Writes the outputs back into NOTEBOOK and prints one JSON object: `cpu_seconds` and
`peak_mib` of the kernel, `wall_seconds`, and `failure` (null, or cell, error, message).
It is a process of its own because the operating system counts the CPU seconds and the peak
memory of a process's children, once they have ended, all together.
"""

import json
import resource
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

# ru_maxrss is in KiB on Linux, in bytes on macOS.
_RSS_PER_MIB = 1024 * 1024 if sys.platform == "darwin" else 1024


def run(notebook: nbformat.NotebookNode, cwd: str, timeout: int) -> dict | None:
    """Execute in place; return the failure (cell index, error, message), or None."""
    client = NotebookClient(
        notebook,
        timeout=timeout,
        resources={"metadata": {"path": cwd}},
        record_timing=False,
    )
    try:
        client.execute()
    except CellExecutionError as error:
        return _failure(notebook, error.ename, error.evalue)
    except CellTimeoutError:
        return _failure(notebook, "Timeout", f"the cell ran longer than {timeout} seconds")
    except DeadKernelError:
        return _failure(notebook, "DeadKernel", "the kernel died; was the memory used up?")
    return None


def _failure(notebook: nbformat.NotebookNode, error: str, message: str) -> dict:
    code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    errors = [
        index
        for index in code
        if any(output.output_type == "error" for output in notebook.cells[index].outputs)
        and "raises-exception" not in notebook.cells[index].metadata.get("tags", [])
    ]
    # A cell that timed out or lost its kernel has neither a count nor an error.
    unfinished = [index for index in code if notebook.cells[index].execution_count is None]
    cell = (errors or unfinished or code[-1:])[0]
    return {"cell": cell, "error": error, "message": message}


def main(path: str, cwd: str, timeout: str) -> None:
    """Execute the notebook at `path` in the folder `cwd`, and report on standard output."""
    notebook = nbformat.read(path, as_version=4)
    began = time.monotonic()
    failure = run(notebook, cwd, int(timeout))
    wall = time.monotonic() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    nbformat.write(notebook, path)
    report = {
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "wall_seconds": round(wall, 2),
        "peak_mib": round(used.ru_maxrss / _RSS_PER_MIB),
        "failure": failure,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
