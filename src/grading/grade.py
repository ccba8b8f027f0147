"""A class's submissions to marks and feedback.

    python -m grading.grade <slug> [--student NAME ...] [--force] [--workers N]
        [--scheduler tcp://HOST:PORT] [--no-sandbox]

Reads grading/submitted/<student>/<slug>/<slug>.ipynb; writes the gradebook, the marks
(grading/grades.csv), grading/autograded/ and grading/feedback/. Every submission runs in a
sandbox of its own and ends in one status. Stop it at any point and run it again: what is done is
not done twice, what is not done is.
"""

from __future__ import annotations

import argparse
import datetime
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from grading.command import command, parser_of
from grading.course import Course, gradebook_calls
from grading.errors import CourseError
from grading.export import plain
from grading.feedback_page import write_pages
from grading.files import one_at_a_time
from grading.intake import Ungradable, received
from grading.ledger import Ledger
from grading.marks import marks, roster, say_problems, write_csv
from grading.pool import Pool, default_workers
from grading.records import Records
from grading.sandbox import bubblewrap
from grading.settings import Settings
from grading.submission import Grader, digest
from grading.submitted import HandedIn, handed_in, submitted_at
from grading.verdict import Status, Verdict

VERSION = 3  # raise it when the same notebook would get another verdict
AGAIN = "What is graded stays; run it again for the rest."


@dataclass(frozen=True)
class Options:
    """How to grade.

    Attributes:
        students: only these; all when empty.
        force: also those who were graded before and have not changed.
        workers: processes on this machine.
        scheduler: address of a Dask scheduler, instead.
        sandbox: whether to run submissions in the sandbox.
        items: enter the points of these tests only; of all when empty.
        dry: enter nothing.
    """

    students: tuple[str, ...] = ()
    force: bool = False
    workers: int = 1
    scheduler: str = ""
    sandbox: bool = True
    items: tuple[str, ...] = ()
    dry: bool = False


@command(again=AGAIN)
def main(argv: list[str] | None = None) -> int:
    """Grade one assignment; return 1 where the grader failed, not where a submission did."""
    parser = parser_of("grade", __doc__)
    parser.add_argument("slug", help="the assignment, for example initialization")
    parser.add_argument("--student", action="append", default=[], help="only this one; repeatable")
    parser.add_argument("--force", action="store_true", help="grade again what has not changed")
    add_where(parser)
    given = parser.parse_args(argv)
    options = Options(tuple(given.student), given.force, **where(given))
    return Grading(Course(Path.cwd()), given.slug, options).run()


def add_where(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where notebooks run."""
    parser.add_argument("--workers", type=int, default=default_workers(), help="processes")
    parser.add_argument("--scheduler", default="", help="a Dask scheduler, tcp://HOST:PORT")
    parser.add_argument(
        "--no-sandbox",
        action="store_true",
        help="run the notebooks as you: they may read and change all that you may",
    )


def where(given: argparse.Namespace) -> dict:
    """Return the fields of `Options` that `add_where` asks for."""
    return {
        "workers": given.workers,
        "scheduler": given.scheduler,
        "sandbox": not given.no_sandbox,
    }


class Grading:
    """One run over the submissions of one assignment.

    Attributes:
        handed_in: what lies in grading/submitted.
        latest: student -> the newest log entry before this run.
        written: student -> the entry that this run made.
        failed: what went wrong, in sentences.
    """

    def __init__(self, course: Course, slug: str, options: Options | None = None):
        """Prepare; everything is read by `run`."""
        self.course, self.slug, self.options = course, slug, options or Options()
        self.name = time.strftime("%Y%m%d-%H%M%S-") + secrets.token_hex(2)
        self.ledger = Ledger.of(course)
        self.handed_in = HandedIn()
        self.latest: dict[str, dict] = {}
        self.written: dict[str, dict] = {}
        self.failed: list[str] = []

    def run(self) -> int:
        """Grade what is to be graded, say what happened, return the exit status.

        Raises:
            CourseError: nobody can be graded; the message says why.
            SandboxMissing: there is no sandbox, and it was not waived.
        """
        if self.options.sandbox and not self.options.scheduler:
            bubblewrap.require()
        with one_at_a_time(self.course.root / "grading" / "running.lock"):
            self.read_assignment()
            students = self.students()
            self.course.register(self.slug)
            pending = self.changed(students)
            with Pool(self.options.workers, self.options.scheduler) as pool:
                if pending:
                    self.try_solution(pool)
                    self.save_all(self.verdicts(pool, pending), len(pending))
            return self.conclude(students)

    def read_assignment(self) -> None:
        """Read what is graded by, and what was graded before.

        Raises:
            CourseError: there is no such assignment, or no such item to grade.
        """
        self.grader = Grader.of(self.course, self.slug, sandbox=self.options.sandbox)
        self.assignment = self.grader.assignment
        self.latest = self.ledger.last(slug=self.slug, event="graded")
        tests = self.assignment.tests
        self.tests = {test.name: self.assignment.test_hash(test.name) for test in tests}
        if unknown := sorted(set(self.options.items) - set(self.tests)):
            known = ", ".join(self.tests)
            raise CourseError(f"{self.slug} has no item {', '.join(unknown)}. It has: {known}.")

    def students(self) -> list[str]:
        """Return who handed something in.

        Raises:
            CourseError: nobody did, or one of those asked for did not.
        """
        self.handed_in = handed_in(self.course, self.slug)
        everyone = sorted(self.handed_in.of)
        if missing := set(self.options.students) - set(everyone):
            raise CourseError(f"No submission of {self.slug} by {', '.join(sorted(missing))}.")
        if not everyone:
            there = "".join(f"\n{remark}" for remark in self.handed_in.remarks)
            raise CourseError(
                f"There are no submissions of {self.slug}. Put each student's notebook at "
                f"grading/submitted/<student>/{self.slug}/{self.slug}.ipynb.{there}"
            )
        wanted = self.options.students or everyone
        return [student for student in everyone if student in wanted]

    def changed(self, students: list[str]) -> dict[str, bytes | Ungradable]:
        """Return what those handed in whose marks are not up to date."""
        handed_in = {student: self._received(student) for student in students}
        pending = {name: what for name, what in handed_in.items() if not self._is_done(name, what)}
        if done := len(students) - len(pending):
            print(f"{done} of {len(students)} are graded already and have not changed.")
        return pending

    def try_solution(self, pool: Pool) -> None:
        """Grade the solution as a submission; learn in which tests it meets odd objects.

        Where even the solution has comparisons of its own, they are not a sign of tampering.

        Raises:
            CourseError: it does not get all points, so nobody could.
        """
        content = self.course.solution(self.slug).read_bytes()
        # One for each worker, so that all have imported the libraries when the class comes.
        count = 1 if self.options.scheduler else pool.workers
        jobs = [(f"solution {number}", content) for number in range(count)]
        trusting = replace(self.grader, trusted=frozenset(self.tests))
        verdict = next(iter(dict(pool.run(trusting.grade, jobs)).values()))
        if isinstance(verdict, Exception):
            raise CourseError(f"The solution of {self.slug} could not be run: {verdict}")
        self.grader = self.grader.trusting(verdict)
        problems = [*verdict.evidence] + [
            f"{item.cell} gives {item.points:g} of {item.max_points:g}: {item.message}"
            for item in verdict.tests.values()
            if item.points != item.max_points
        ]
        if problems:
            first = f"Its cell {verdict.raised}. " if verdict.raised else ""
            raise CourseError(
                f"The solution of {self.slug} does not get full marks, so nobody is graded. "
                f"{first}{' '.join(problems)}"
            )

    def verdicts(
        self, pool: Pool, pending: dict[str, bytes | Ungradable]
    ) -> Iterator[tuple[str, Verdict | None]]:
        """Yield each student's verdict as it comes; None where the marks on record stay."""
        jobs = []
        for student, what in pending.items():
            if isinstance(what, Ungradable):
                yield student, Verdict(Status.UNGRADABLE, str(what))
            else:
                jobs.append((student, what))
        for student, outcome in pool.run(self.grader.grade, jobs):
            if isinstance(outcome, Exception):
                outcome = self._not_graded(student, pending[student], outcome)
            yield student, outcome

    def save_all(self, verdicts: Iterator[tuple[str, Verdict | None]], count: int) -> None:
        """Enter the verdicts, which this process alone does, and show how far it is."""
        counts: Counter = Counter()
        with (
            Records(self.course, self.assignment) as records,
            tqdm(total=count, unit="notebook", desc=self.slug) as bar,
        ):
            for student, verdict in verdicts:
                if verdict and self._save_or_tell(records, student, verdict):
                    counts[verdict.status] += 1
                    shown = (f"{number} {status}" for status, number in sorted(counts.items()))
                    bar.set_postfix_str(", ".join(shown))
                bar.update()

    def conclude(self, students: list[str]) -> int:
        """Write marks and pages, print a summary by status; return 1 if the grader failed."""
        students_known = {*roster(self.course), *self.handed_in.of}
        settings = Settings.read(self.course.root)
        for remark in [
            *self.handed_in.remarks,
            *settings.strangers(self.course.slugs(), students_known),
        ]:
            print(remark, file=sys.stderr)
        print(*self.failed, sep="\n", end="\n" if self.failed else "", file=sys.stderr)
        last = self.latest | self.written
        by_status = {
            status: [name for name in students if name in last and last[name]["status"] == status]
            for status in Status
        }
        for status, names in by_status.items():
            for student in names if status != Status.GRADED else []:
                print(f"{student}: {status}. {last[student]['sentence']}", file=sys.stderr)
                for sign in last[student]["evidence"]:
                    print(f"    {sign}", file=sys.stderr)
        everyone = marks(self.course, self.slug)
        say_problems(everyone)
        write_pages(self.course, self.assignment, everyone)
        path = self.course.root / "grading" / "grades.csv"
        write_csv(path, plain(self.slug, everyone))
        summary = ", ".join(f"{len(names)} {s}" for s, names in by_status.items() if names)
        print(
            f"{self.slug}: {summary}. Marks: grading/grades.csv; feedback: "
            f"grading/feedback/<student>/{self.slug}/."
        )
        return 1 if self.failed else 0

    def _received(self, student: str) -> bytes | Ungradable:
        """Read what a student handed in, or why it cannot be read."""
        try:
            within = self.course.root / "grading" / "submitted"
            return received(self.handed_in.of[student].notebook, within, self.grader.limits)
        except Ungradable as error:
            return error

    def _is_done(self, student: str, what: bytes | Ungradable) -> bool:
        """Whether neither a submission nor what it is graded by has changed since its verdict."""
        last = self.latest.get(student)
        if self.options.force or not last:
            return False
        if (last["assignment"], last["version"]) != (self.grader.hash, VERSION):
            return False
        if isinstance(what, Ungradable):
            return last["sentence"] == str(what)
        return last["notebook"] == digest(what)

    def _not_graded(self, student: str, content: bytes, error: Exception) -> Verdict | None:
        """Return the verdict where the grader failed, or None: the marks on record stay.

        They stay if they belong to the notebook that was to be graded again: that it could not be
        is not the student's fault.
        """
        sentence = f"The grader itself failed on this notebook: {error}"
        if self.latest.get(student, {}).get("notebook") == digest(content):
            self.failed.append(f"{student}: {sentence} The marks on record stay.")
            return None
        return Verdict(Status.CRASHED, sentence)

    def _save_or_tell(self, records: Records, student: str, verdict: Verdict) -> bool:
        """Save one verdict; what goes wrong with it is told, and stops nobody else's."""
        try:
            with gradebook_calls():
                self._save(records, student, verdict)
            return True
        except OSError:  # no room, or no gradebook: it would be so for all
            raise
        except Exception as error:  # noqa: BLE001 (whatever it is, it belongs to this one)
            records.undo()
            self.failed.append(f"{student}: the marks could not be entered: {error!r}")
            return False

    def _save(self, records: Records, student: str, verdict: Verdict) -> None:
        """Gradebook first, then the log: an interruption before it means again."""
        entry = self._entry(student, verdict)
        if not self.options.dry:
            entry["before"] = records.score(student)
            submitted = self._submitted_at(student)
            saved = records.save(student, verdict, submitted, self.options.items)
            entry |= {"score": saved.score, "set_aside": saved.set_aside}
            self.ledger.append(**entry)
        self.written[student] = entry

    def _submitted_at(self, student: str) -> datetime.datetime | None:
        try:
            return submitted_at(self.course, self.handed_in.of[student])
        except CourseError:  # `marks` says so
            return None

    def _entry(self, student: str, verdict: Verdict) -> dict:
        """Return what the log keeps of a verdict."""
        entry = {
            "event": "graded",
            "run": self.name,
            "slug": self.slug,
            "student": student,
            "status": verdict.status,
            "sentence": verdict.sentence,
            "assignment": self.grader.hash,
            "version": VERSION,
            "notebook": verdict.content_hash,
            "tests": {cell: self.tests[cell] for cell in verdict.tests},
            "items": {cell: item.points for cell, item in verdict.tests.items()},
            "messages": {c: item.message for c, item in verdict.tests.items() if item.message},
            "evidence": verdict.evidence,
            "repairs": verdict.repairs,
            "sandbox": self.options.sandbox,
            "seconds": round(verdict.seconds, 3),
        }
        return self._of_items(entry, student) if self.options.items else entry

    def _of_items(self, entry: dict, student: str) -> dict:
        """Return the entry where only some items are graded: the earlier run says the others."""
        last, regraded = self.latest.get(student, {}), self.options.items
        current = entry["tests"]
        for key in ("items", "messages", "tests"):
            earlier = {cell: it for cell, it in last.get(key, {}).items() if cell not in regraded}
            entry[key] = {c: it for c, it in entry[key].items() if c in regraded} | earlier
        if entry["tests"] != current:  # others wait for the next `grade`
            entry["assignment"] = last.get("assignment", "")
        return entry


if __name__ == "__main__":
    sys.exit(main())
