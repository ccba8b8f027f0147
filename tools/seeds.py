"""Rerun every chapter on shifted random numbers and show how far each claim is from failing.

    python -m tools.seeds 1 2 3 [--chapter SLUG] [--threads 2]

Each seed shifts every seed of the chapter (`HELPERS_SEED`); claims are recorded instead of raised.
Results are kept in `_build/seeds/`, so an interrupted run goes on where it stopped.
"""

import argparse
import textwrap
from dataclasses import dataclass
from pathlib import Path

from .book import Book, Chapter
from .command import report, run_command
from .execute import chosen_chapter, default_jobs, make_task, run_tasks
from .findings import Finding, load


@dataclass(frozen=True)
class Run:
    """What one run says to one claim."""

    chapter: str
    seed: int
    finding: Finding


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


def worst_of(runs: list[Run]) -> list[Run]:
    """For each claim the run with the least margin."""
    worst: dict[tuple[str, str], Run] = {}
    for run in runs:
        key = run.chapter, run.finding.statement
        if run.finding.margin < worst.setdefault(key, run).finding.margin:
            worst[key] = run
    return list(worst.values())


def table(worst: list[Run]) -> str:
    """One line a claim: its least margin, what was measured there, what is required, the seed."""
    lines = [f"{'':5}  {'margin':>7}  {'measured':>18}  {'required':<26}  {'seed':>4}  claim"]
    chapter = None
    for run in worst:
        if run.chapter != chapter:
            chapter = run.chapter
            lines.append(f"\n{chapter}")
        found = run.finding
        mark = "holds" if found.holds else "FAILS"
        claim = textwrap.wrap(found.statement, 70) or [""]
        lines.append(
            f"{mark}  {found.margin:>7.1%}  {found.shown:>18}  {found.range:<26}  "
            f"{run.seed:>4}  {claim[0]}"
        )
        lines += [f"{'':70}{line}" for line in claim[1:]]
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
    worst = worst_of(
        [
            Run(slug, seed, finding)
            for (slug, seed), task in tasks.items()
            if task.name not in problems
            for finding in load(task.target)
        ]
    )
    print(table(worst))
    report(list(problems.values()))
    failed = sum(not run.finding.holds for run in worst)
    print(f"\n{len(worst)} claims on {len(set(options.seeds))} seeds: {failed} fail.")
    print(f"Runs: {book.root / '_build' / 'seeds'}")
    return 1 if failed or problems else 0


if __name__ == "__main__":
    run_command(main)
