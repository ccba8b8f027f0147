"""Workers that die: a job that kills its worker spoils no other."""

import os

import pytest

from grading.course import CourseError
from grading.pool import Pool

pytestmark = pytest.mark.slow


def square(job: dict) -> dict:
    """What the workers do."""
    if job["kill"]:
        os._exit(1)
    if job["number"] < 0:
        raise ValueError("negative")
    return {"square": job["number"] ** 2}


def run(workers: int, function, jobs: list) -> list:
    with Pool(workers) as pool:
        return list(pool.run(function, jobs))


def jobs(count: int, killers: set[int]) -> list[tuple[str, dict]]:
    return [(f"s{n}", {"number": n, "kill": n in killers}) for n in range(count)]


def test_every_job_is_done_once():
    found = run(2, square, jobs(30, set()))
    assert dict(found) == {f"s{n}": {"square": n * n} for n in range(30)}
    assert len(found) == 30


@pytest.mark.parametrize("killers", [{0}, {5, 6, 29}])
def test_a_job_that_kills_its_worker_spoils_no_other(killers):
    found = run(2, square, jobs(30, killers))
    assert len(found) == 30
    for name, outcome in found:
        number = int(name[1:])
        if number in killers:
            assert isinstance(outcome, Exception)
        else:
            assert outcome == {"square": number**2}


def test_an_exception_belongs_to_its_job():
    ((_, outcome),) = run(1, square, [("bad", {"number": -1, "kill": False})])
    assert str(outcome) == "negative"


def test_workers_that_always_die_are_no_fault_of_the_jobs():
    with pytest.raises(CourseError, match="Every worker process ends"):
        run(2, square, jobs(30, set(range(30))))


def test_a_single_job_that_kills_its_worker_is_named():
    ((_, outcome),) = run(2, square, jobs(1, {0}))
    assert isinstance(outcome, Exception)


def test_no_worker_is_refused():
    with pytest.raises(CourseError, match="at least one"):
        Pool(0)


def test_the_workers_are_kept_for_the_next_run_and_replaced_when_they_died():
    with Pool(1) as pool:
        first = list(pool.run(process_number, [("a", {})]))
        assert list(pool.run(process_number, [("a", {})])) == first
        list(pool.run(square, jobs(1, {0})))
        assert list(pool.run(process_number, [("a", {})])) != first


def process_number(_job: dict) -> dict:
    return {"pid": os.getpid()}
