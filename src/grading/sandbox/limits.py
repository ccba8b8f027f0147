"""How much of everything one submission may use."""

from dataclasses import asdict, dataclass

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """Bounds of one submission; sizes in bytes, times in seconds.

    Attributes:
        memory: what all its processes hold together, besides the libraries imported beforehand.
        processes: how many processes it may have at once.
        cpu: processor time of each process.
        cell: wall time of one cell; then it is interrupted, and the next cell runs.
        total: wall time of the whole notebook.
        file: size of one file.
        disk: size of everything it writes.
        output: size of what the cells print and show, together.
        notebook: size of the notebook that was handed in.
    """

    memory: int = 2048 * MIB
    processes: int = 32
    cpu: int = 300
    cell: int = 60
    total: int = 300
    file: int = 64 * MIB
    disk: int = 256 * MIB
    output: int = 2 * MIB
    notebook: int = 16 * MIB

    def __post_init__(self) -> None:
        """Raise ValueError for a bound that is not positive."""
        for name, value in asdict(self).items():
            if value <= 0:
                raise ValueError(f"the limit {name}={value} must be positive")
