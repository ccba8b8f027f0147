"""make grade: a class's submissions to marks and feedback.

    python -m grading.grade <slug> [--student NAME ...] [--force] [--workers N]
        [--scheduler tcp://HOST:PORT] [--no-sandbox]

Reads grading/submitted/<student>/<slug>/<slug>.ipynb; writes the gradebook, the marks
(grading/grades.csv), grading/autograded/ and grading/feedback/. Every submission runs in a
sandbox of its own and ends in one status. Stop it at any point and run it again: what is done is
not done twice, what is not done is.
"""

from __future__ import annotations

import argparse
import base64
import datetime
import json
import secrets
import stat
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from nbgrader.utils import parse_utc
from sqlalchemy.exc import OperationalError
from tqdm import tqdm

from grading import worker
from grading.assignment import Assignment, files_of
from grading.course import Course, CourseError
from grading.export import plain
from grading.feedback_page import write_feedback
from grading.files import one_at_a_time
from grading.intake import Ungradable, received
from grading.ledger import Ledger
from grading.marks import marks, write_csv
from grading.pool import Pool, default_workers
from grading.records import Records
from grading.sandbox import bubblewrap
from grading.settings import Settings
from grading.worker import CRASHED, GRADED, UNGRADABLE, Verdict

LONGEST_TIMESTAMP = 1000  # bytes
VERSION = 2  # raise it when the same notebook would get another verdict


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


def main(argv: list[str] | None = None) -> int:
    """Grade one assignment; return 1 if a submission has no marks."""
    parser = argparse.ArgumentParser(prog="grading.grade", description=__doc__.splitlines()[0])
    parser.add_argument("slug", help="the assignment, for example initialization")
    parser.add_argument("--student", action="append", default=[], help="only this one; repeatable")
    parser.add_argument("--force", action="store_true", help="grade again what has not changed")
    add_where(parser)
    given = parser.parse_args(argv)
    options = Options(tuple(given.student), given.force, **where(given))
    try:
        return Grading(Course(Path.cwd()), given.slug, options).run()
    except (CourseError, bubblewrap.SandboxMissing) as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, OperationalError) as error:
        reason = str(getattr(error, "orig", error))
        print(f"\nStopped: {reason}. What is graded stays; run it again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. What is graded stays; run it again for the rest.", file=sys.stderr)
        return 130


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
    """One run over the submissions of one assignment."""

    def __init__(self, course: Course, slug: str, options: Options | None = None):
        """Read the assignment.

        Raises:
            CourseError: there is no such assignment.
            SandboxMissing: there is no sandbox, and it was not waived.
        """
        self.course, self.slug, self.options = course, slug, options or Options()
        if self.options.sandbox and not self.options.scheduler:
            bubblewrap.require()
        self.assignment = Assignment.of(course, slug)
        self.settings = Settings.read(course.root)
        self.limits = self.settings.limits
        self.name = time.strftime("%Y%m%d-%H%M%S-") + secrets.token_hex(2)
        self.written: dict[str, dict] = {}
        self.failed: list[str] = []
        self.ledger = Ledger.of(course)
        self.latest = self.ledger.last(slug=slug, event="graded")
        self.pool = Pool(self.options.workers, self.options.scheduler)
        folder = course.solution(slug).parent
        self.packed = {
            "assignment": self.assignment.data(),
            "limits": asdict(self.limits),
            "files": {
                path.relative_to(folder).as_posix(): base64.b64encode(path.read_bytes()).decode()
                for path in files_of(course, slug)
            },
            "sandbox": self.options.sandbox,
        }
        parts = [self.assignment.hash, self.packed["files"]]
        self.hash = worker.digest(json.dumps(parts, sort_keys=True).encode())
        self.trusted = [test.name for test in self.assignment.tests]

    def run(self) -> int:
        """Grade what is to be graded, say what happened, return the exit status."""
        with one_at_a_time(self.course.root / "grading" / "running.lock"):
            return self._run()

    def _run(self) -> int:
        students = self.students()
        # Read once more: another run may have ended between the start of this one and the lock.
        self.latest = self.ledger.last(slug=self.slug, event="graded")
        self.course.register(self.slug)
        handed_in = {student: self._received(student) for student in students}
        pending = {name: what for name, what in handed_in.items() if self._to_do(name, what)}
        done = len(students) - len(pending)
        if done:
            print(f"{done} of {len(students)} are graded already and have not changed.")
        if pending:
            with self.pool:
                self.check_solution()
                self._grade(pending)
        return self._conclude(students)

    def students(self) -> list[str]:
        """Return who handed something in.

        Raises:
            CourseError: nobody did, or one of those asked for did not.
        """
        found = self.course.submitters(self.slug)
        if missing := set(self.options.students) - set(found):
            raise CourseError(f"No submission of {self.slug} by {', '.join(sorted(missing))}.")
        if not found:
            raise CourseError(
                f"There are no submissions of {self.slug}. Put each student's notebook at "
                f"grading/submitted/<student>/{self.slug}/{self.slug}.ipynb."
            )
        return [
            name for name in found if not self.options.students or name in self.options.students
        ]

    def check_solution(self) -> None:
        """Grade the solution as a submission; learn which tests it gives odd objects.

        Where even the solution has comparisons of its own, they are no sign of tampering.

        Raises:
            CourseError: it does not get all points, so nobody could.
        """
        content = self.course.solution(self.slug).read_bytes()
        # One for each worker, so that all have imported the libraries when the class comes.
        count = 1 if self.options.scheduler else self.pool.workers
        jobs = [(f"solution {n}", self._job(content)) for n in range(count)]
        outcome = next(iter(dict(self.pool.run(worker.grade_job, jobs)).values()))
        if isinstance(outcome, Exception):
            raise CourseError(f"The solution of {self.slug} could not be run: {outcome}")
        verdict = Verdict(**outcome)
        self.trusted = verdict.forged
        problems = verdict.evidence + [
            f"{name} gives {item['points']:g} of {item['max_points']:g}: {item['message']}"
            for name, item in verdict.items.items()
            if item["points"] != item["max_points"]
        ]
        if problems:
            raise CourseError(
                f"The solution of {self.slug} does not get full marks, so nobody is graded. "
                + " ".join(problems)
            )

    def _job(self, content: bytes) -> dict:
        packed = base64.b64encode(content).decode()
        return {**self.packed, "content": packed, "trusted": self.trusted}

    def _received(self, student: str) -> bytes | Ungradable:
        """Read what a student handed in, or why it cannot be read."""
        try:
            folder = self.course.folder("submitted", student, self.slug)
            return received(folder, self.slug, self.limits)
        except Ungradable as error:
            return error

    def _to_do(self, student: str, what: bytes | Ungradable) -> bool:
        """Whether a submission, or what it is graded by, has changed since its last verdict."""
        if self.options.force:
            return True
        last = self.latest.get(student)
        if not last or last["assignment"] != self.hash or last["version"] != VERSION:
            return True
        if isinstance(what, Ungradable):
            return last["sentence"] != str(what)
        return last["notebook"] != worker.digest(what)

    def _grade(self, pending: dict[str, bytes | Ungradable]) -> None:
        """Run the jobs; this process alone writes what comes of them."""
        counts: Counter = Counter()
        with (
            Records(self.course, self.assignment) as records,
            tqdm(total=len(pending), unit="notebook", desc=self.slug) as bar,
        ):
            jobs = []
            for student, what in pending.items():
                if isinstance(what, Ungradable):
                    self._enter(records, student, Verdict(UNGRADABLE, str(what)), counts, bar)
                else:
                    jobs.append((student, self._job(what)))
            for student, outcome in self.pool.run(worker.grade_job, jobs):
                if isinstance(outcome, Exception):
                    outcome = self._failed(student, pending[student], outcome)
                if outcome:
                    self._enter(records, student, Verdict(**outcome), counts, bar)

    def _enter(self, records: Records, student: str, *rest) -> None:
        """Save one verdict; what goes wrong with it is told, and stops nobody else's."""
        try:
            self._save(records, student, *rest)
        except (OSError, OperationalError):  # no room, or no gradebook: it would be so for all
            raise
        except Exception as error:  # noqa: BLE001 (whatever it is, it belongs to this one)
            records.gradebook.db.rollback()
            self.failed.append(f"{student}: the marks could not be entered: {error!r}")

    def _failed(self, student: str, content: bytes, error: Exception) -> dict | None:
        """Return the verdict where the grader failed, or None: the marks on record stay.

        They stay if they belong to the notebook that was to be graded again: that it could not be
        is no fault of the student's.
        """
        sentence = f"The grader itself failed on this notebook: {error}"
        if self.latest.get(student, {}).get("notebook") == worker.digest(content):
            self.failed.append(f"{student}: {sentence} The marks on record stay.")
            return None
        return vars(Verdict(CRASHED, sentence))

    def _save(self, records: Records, student: str, verdict: Verdict, counts: Counter, bar) -> None:
        """Gradebook first, then feedback, then the log: an interruption before it means again."""
        entry = self._entry(student, verdict)
        if not self.options.dry:
            entry["before"] = records.score(student)
            submitted = self._submitted(student)
            saved = records.save(student, verdict, submitted, self.options.items)
            if saved.score is not None:
                records.penalize(
                    student,
                    self.settings.penalty(student, self.slug, submitted, saved.score),
                )
            write_feedback(self.course, self.assignment, student, verdict, saved.marks)
            entry |= {"score": saved.score, "set_aside": saved.set_aside}
            self.ledger.append(**entry)
        self.written[student] = entry
        counts[verdict.status] += 1
        bar.set_postfix_str(", ".join(f"{n} {status}" for status, n in sorted(counts.items())))
        bar.update()

    def _entry(self, student: str, verdict: Verdict) -> dict:
        """Return what the log keeps of a verdict."""
        points = {name: item["points"] for name, item in verdict.items.items()}
        messages = {n: i["message"] for n, i in verdict.items.items() if i["message"]}
        tests = {name: self.assignment.test_hash(name) for name in verdict.items}
        assignment = self.hash
        if self.options.items:  # of the other items the earlier run stays the source
            last = self.latest.get(student, {})
            for new, key in ((points, "items"), (messages, "messages"), (tests, "tests")):
                for name in [name for name in new if name not in self.options.items]:
                    new.pop(name)
                new |= {k: v for k, v in last.get(key, {}).items() if k not in self.options.items}
            if tests != {name: self.assignment.test_hash(name) for name in verdict.items}:
                assignment = last.get("assignment", "")  # others wait for the next `grade`
        return {
            "event": "graded",
            "run": self.name,
            "slug": self.slug,
            "student": student,
            "status": verdict.status,
            "sentence": verdict.sentence,
            "assignment": assignment,
            "version": VERSION,
            "notebook": verdict.content_hash,
            "tests": tests,
            "items": points,
            "messages": messages,
            "evidence": verdict.evidence,
            "repairs": verdict.repairs,
            "sandbox": self.options.sandbox,
            "seconds": round(verdict.seconds, 3),
        }

    def _submitted(self, student: str) -> datetime.datetime | None:
        """Return when it was handed in: timestamp.txt, as nbgrader writes it."""
        path = self.course.folder("submitted", student, self.slug) / "timestamp.txt"
        if not path.exists():
            return None
        try:
            if not stat.S_ISREG(path.lstat().st_mode) or path.stat().st_size > LONGEST_TIMESTAMP:
                raise ValueError("no small file")
            text = path.read_text("utf-8").strip()
            return parse_utc(text) if text else None
        except (OSError, ValueError, OverflowError):
            self.failed.append(
                f"{student}: {path.relative_to(self.course.root)} is no time such as 2027-03-01 "
                "12:00:00 UTC, so nothing was taken off for lateness."
            )
            return None

    def _conclude(self, students: list[str]) -> int:
        """Write the marks, print a summary by status."""
        last = self.latest | self.written
        by_status: dict[str, list[str]] = {}
        print(*self.failed, sep="\n", end="\n" if self.failed else "", file=sys.stderr)
        for student in students:
            if student in last:
                by_status.setdefault(last[student]["status"], []).append(student)
        for status in worker.STATUSES:
            for student in by_status.get(status, []) if status != GRADED else []:
                print(f"{student}: {status}. {last[student]['sentence']}", file=sys.stderr)
                for each in last[student]["evidence"]:
                    print(f"    {each}", file=sys.stderr)
        summary = ", ".join(f"{len(by_status[s])} {s}" for s in worker.STATUSES if s in by_status)
        path = self.course.root / "grading" / "grades.csv"
        write_csv(path, plain(self.slug, marks(self.course, self.slug)))
        print(
            f"{self.slug}: {summary}. Marks: grading/grades.csv; feedback: "
            f"grading/feedback/<student>/{self.slug}/."
        )
        return 1 if by_status.get(UNGRADABLE) or self.failed else 0


if __name__ == "__main__":
    sys.exit(main())
