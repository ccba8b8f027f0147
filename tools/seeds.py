"""Rerun every chapter on shifted random numbers and show how far each claim is from failing.

    python -m tools.seeds 1 2 3 [--chapter SLUG] [--threads 2]

Each seed shifts every seed of the chapter (`HELPERS_SEED`); claims are recorded instead of raised.
Results are kept in `_build/seeds/`, so an interrupted run goes on where it stopped.
"""

import argparse
import textwrap
from dataclasses import dataclass
from pathlib import Path

import nbformat

from helpers.claims import MIME

from .book import Book, Chapter
from .command import report, run_command
from .execute import Task, chosen_chapter, default_jobs, make_task, run_tasks


@dataclass(frozen=True)
class Finding:
    """One claim in one run."""

    chapter: str
    statement: str
    seed: int
    measured: float
    range: str
    margin: float
    holds: bool


def seed_tasks(book: Book, chapters: list[Chapter], seeds: list[int], threads: int):
    """One task for each seed and chapter."""
    tasks = {}
    for seed in seeds:
        folder = book.root / "_build" / "seeds" / f"seed-{seed}-threads-{threads}"
        for chapter in chapters:
            tasks[chapter.slug, seed] = make_task(
                book,
                chapter,
                folder=folder,
                name=f"{chapter.slug}, seed {seed}",
                threads=threads,
                HELPERS_SEED=str(seed),
                HELPERS_CLAIMS="collect",
            )
    return tasks


def findings(task: Task, seed: int) -> list[Finding]:
    """The claims that a finished task recorded, in their order on the page."""
    notebook = nbformat.read(task.target, as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    claims = [output.data[MIME] for output in outputs if MIME in output.get("data", {})]
    return [
        Finding(
            task.chapter.slug,
            claim["statement"],
            seed,
            float(claim["measured"]),
            claim["range"],
            float(claim["margin"]),
            claim["holds"],
        )
        for claim in claims
    ]


def worst_of(found: list[Finding]) -> list[Finding]:
    """For each claim the run with the least margin."""
    worst: dict[tuple[str, str], Finding] = {}
    for each in found:
        known = worst.setdefault((each.chapter, each.statement), each)
        if each.margin < known.margin:
            worst[each.chapter, each.statement] = each
    return list(worst.values())


def table(worst: list[Finding]) -> str:
    """One line a claim: its least margin, the number measured there, what was asked, the seed."""
    lines = [f"{'':5}  {'margin':>7}  {'measured':>10}  {'asked':<22}  {'seed':>4}  claim"]
    chapter = None
    for each in worst:
        if each.chapter != chapter:
            chapter = each.chapter
            lines.append(f"\n{chapter}")
        mark = "holds" if each.holds else "FAILS"
        claim = textwrap.wrap(each.statement, 70) or [""]
        lines.append(
            f"{mark}  {each.margin:>7.1%}  {each.measured:>10.4g}  {each.range:<22}  "
            f"{each.seed:>4}  {claim[0]}"
        )
        lines += [f"{'':58}{line}" for line in claim[1:]]
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Rerun the claims, print the table; 1 if any claim fails or any chapter does not run."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("seeds", type=int, nargs="+", metavar="SEED")
    parser.add_argument("--chapter")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--root", type=Path, default=Path.cwd())
    options = parser.parse_args(argv)
    book = Book(options.root.resolve())
    chapters = list(book.chapters.values())
    if options.chapter:
        chapters = [book.chapters[chosen_chapter(book, options.chapter)]]

    tasks = seed_tasks(book, chapters, sorted(set(options.seeds)), options.threads)
    due = [task for task in tasks.values() if not task.is_done()]
    print(f"{len(tasks)} runs, {len(due)} to do, with {options.threads} thread(s) each.")
    jobs = max(1, default_jobs() // options.threads)
    problems = run_tasks(due, jobs, "rerunning")
    found = [
        finding
        for (_, seed), task in tasks.items()
        if task.name not in problems
        for finding in findings(task, seed)
    ]
    worst = worst_of(found)
    print(table(worst))
    report(list(problems.values()))
    failed = sum(not each.holds for each in worst)
    print(f"\n{len(worst)} claims on {len(set(options.seeds))} seeds: {failed} fail.")
    print(f"Runs: {book.root / '_build' / 'seeds'}")
    return 1 if failed or problems else 0


if __name__ == "__main__":
    run_command(main)
