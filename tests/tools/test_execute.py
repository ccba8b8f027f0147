"""Chapters run once, alone, measured; what fails, fails every time."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from jupyter_cache import get_cache

from tools.book import Book, BookError
from tools.execute import MAX_PEAK_MIB, default_jobs, longest_first, make_task, overruns


def took(small, slug: str) -> dict:
    path = small.root / "_build" / "executed" / f"{slug}.ipynb"
    return json.loads(path.read_text())["metadata"]["course"]


def fails_twice(small, *words: str) -> None:
    for _ in range(2):
        run = small.run("execute")
        assert run.returncode == 1, run.stdout + run.stderr
        for word in words:
            assert word in run.stderr


def took_work(work=1.0, peak_mib=100) -> dict:
    return {"work": work, "peak_mib": peak_mib}


# What needs no kernel


def test_within_twice_the_budget_and_the_memory_nothing_is_wrong(small):
    alpha = small.book().chapters["alpha"]
    assert overruns(alpha, took_work(120, MAX_PEAK_MIB)) == []


def test_over_twice_the_budget_says_the_numbers(small):
    (problem,) = overruns(small.book().chapters["alpha"], took_work(120.1))
    assert "alpha" in problem and "120.1 units of work" in problem and "60" in problem


def test_over_two_gib_says_the_numbers(small):
    (problem,) = overruns(small.book().chapters["alpha"], took_work(peak_mib=MAX_PEAK_MIB + 1))
    assert "2,049 MiB" in problem and "2,048" in problem


def test_what_took_longest_starts_first(small):
    book = small.book()
    tasks = [make_task(book, chapter, folder=book.executed) for chapter in book.chapters.values()]
    assert [task.name for task in longest_first(tasks)] == ["alpha", "beta"]
    took = json.dumps({"metadata": {"course": {"work": 61}}})
    small.write("_build/executed/beta.ipynb", took)
    assert [task.name for task in longest_first(tasks)] == ["beta", "alpha"]


def test_a_page_without_a_budget_is_refused(small):
    small.edit("book/alpha.md", "course: {work: 60}\n", "")
    with pytest.raises(BookError, match="alpha.md.*work: 30"):
        _ = small.book().chapters


@pytest.mark.parametrize("budget", ["0", "-3", "soon", "true"])
def test_a_budget_is_a_positive_number(small, budget):
    small.edit("book/alpha.md", "work: 60", f"work: {budget}")
    with pytest.raises(BookError, match="budget"):
        _ = small.book().chapters


def test_a_folder_that_is_no_course_is_refused(tmp_path):
    with pytest.raises(BookError, match="_config.yml"):
        Book(tmp_path)


@pytest.mark.parametrize("jobs", ["0", "many", "-1"])
def test_jobs_is_a_number_of_workers(monkeypatch, jobs):
    monkeypatch.setenv("JOBS", jobs)
    with pytest.raises(BookError, match="JOBS"):
        default_jobs()


# What runs kernels


@pytest.mark.slow
def test_chapters_run_once_and_are_kept(executed):
    assert executed.runs() == ["alpha", "beta"]
    numbers = took(executed, "alpha")
    assert numbers["budget"] == 60
    assert 0 < numbers["work"] < 60 and numbers["unit_seconds"] > 0
    assert numbers["cpu_seconds"] > 0 and numbers["wall_seconds"] > 0
    assert executed.run("execute").returncode == 0
    assert executed.runs() == ["alpha", "beta"]
    assert took(executed, "alpha") == numbers


@pytest.mark.slow
def test_sphinx_will_find_every_chapter_in_the_cache(executed):
    cache = get_cache(str(executed.root / "_build" / ".jupyter_cache"))
    _, merged = cache.merge_match_into_notebook(executed.book().notebooks["alpha"])
    assert "value 1" in merged.cells[-1].outputs[0].text


@pytest.mark.slow
def test_prose_is_brought_up_to_date_without_a_run(executed):
    executed.edit("book/alpha.md", "Some prose", "Other prose")
    assert executed.run("execute").returncode == 0
    assert executed.runs() == ["alpha", "beta"]
    text = (executed.root / "_build" / "executed" / "alpha.ipynb").read_text()
    assert "Other prose" in text and "value 1" in text


@pytest.mark.slow
def test_a_changed_helper_runs_the_chapters_that_import_it(executed):
    executed.write("src/helpers/used.py", "VALUE = 2\n")
    executed.write("src/helpers/unused.py", "VALUE = 2\n")
    assert executed.run("execute").returncode == 0
    assert executed.runs() == ["alpha", "alpha", "beta"]
    assert "value 2" in (executed.root / "_build" / "executed" / "alpha.ipynb").read_text()


@pytest.mark.slow
def test_a_failing_cell_fails_twice_and_the_others_are_kept(small):
    small.chapter("alpha", "x = 1\nraise ValueError('no such thing')")
    fails_twice(small, "alpha.md, line 19", "x = 1", "ValueError: no such thing")
    assert small.runs().count("beta") == 1
    small.chapter("alpha", "x = 1")
    assert small.run("execute").returncode == 0
    assert small.runs().count("beta") == 1


@pytest.mark.slow
def test_a_failed_claim_fails_twice(small):
    small.chapter("beta", "from helpers import claim\nclaim('two is small', 2.0, below=1)")
    fails_twice(small, "beta.md", "ClaimFailed", "two is small", "at most 1")


@pytest.mark.slow
def test_a_kernel_that_dies_is_reported(small):
    small.chapter("alpha", "import os\nos._exit(1)")
    fails_twice(small, "alpha.md", "import os", "the kernel died")


@pytest.mark.slow
def test_stderr_fails_twice(small):
    small.chapter("alpha", "import warnings\nwarnings.warn('old news')")
    fails_twice(small, "alpha.md", "wrote to stderr", "old news")
    assert small.runs() == ["alpha", "beta"]


# Starting a kernel takes about half a unit, this loop about one and a half.
LOOP = "total = 0\nfor number in range({times}):\n    total += number * number % 7"
BUDGET = 2
TIMES = 20_000_000

# Every clock of processor time runs four times as fast, in kernels, workers and meters: what they
# do takes four times as long, as on a slower machine.
SLOW = """
import resource, time
from types import SimpleNamespace
usage, clock = resource.getrusage, time.process_time
time.process_time = lambda: 4 * clock()
def slow(who):
    used = usage(who)
    return SimpleNamespace(
        ru_utime=4 * used.ru_utime, ru_stime=4 * used.ru_stime, ru_maxrss=used.ru_maxrss
    )
resource.getrusage = slow
"""


@pytest.fixture
def ci(monkeypatch, measured):
    monkeypatch.setenv("CI", "true")


@pytest.fixture
def busy():
    """Neighbours that keep every core busy."""
    loop = [sys.executable, "-c", "while True: pass"]
    neighbours = [subprocess.Popen(loop) for _ in range(os.cpu_count())]
    yield
    for neighbour in neighbours:
        neighbour.kill()
        neighbour.wait()


@pytest.mark.slow
def test_on_a_slow_machine_a_chapter_is_not_dearer(small, ci):
    small.chapter("alpha", LOOP.format(times=TIMES), budget=BUDGET)
    small.write("src/sitecustomize.py", SLOW)
    run = small.run("execute")
    assert run.returncode == 0, run.stderr
    assert took(small, "alpha")["cpu_seconds"] > 2 * BUDGET  # in its seconds it would be too dear


@pytest.mark.slow
def test_beside_busy_neighbours_a_chapter_is_not_dearer(small, ci, busy):
    small.chapter("alpha", LOOP.format(times=TIMES), budget=BUDGET)
    run = small.run("execute")
    assert run.returncode == 0, run.stderr


@pytest.mark.slow
def test_a_chapter_three_times_dearer_fails_in_ci_and_warns_a_reader(small, monkeypatch):
    monkeypatch.setenv("COURSE_UNIT_SECONDS", "0.25")  # a machine on which the loop is six units
    small.chapter("alpha", LOOP.format(times=TIMES), budget=BUDGET)
    monkeypatch.delenv("CI", raising=False)
    run = small.run("execute")
    assert run.returncode == 0
    assert "warning: alpha" in run.stderr and "its budget is 2" in run.stderr
    assert small.run("execute").stderr == ""  # it was said when it was measured

    monkeypatch.setenv("CI", "true")
    fails_twice(small, "alpha", "units of work", "its budget is 2")
    assert small.runs() == ["alpha"] * 3 + ["beta"]  # measured again each time: it might recover
    small.edit("book/alpha.md", "work: 2", "work: 30")
    assert small.run("execute").returncode == 0
    assert small.runs() == ["alpha"] * 3 + ["beta"]
    assert took(small, "alpha")["budget"] == 30


@pytest.mark.slow
def test_a_bad_moment_does_not_stay_a_verdict(executed, ci):
    path = executed.root / "_build" / "executed" / "alpha.ipynb"
    notebook = json.loads(path.read_text())
    notebook["metadata"]["course"] |= {"work": 1000.0, "peak_mib": 5000}
    path.write_text(json.dumps(notebook))
    assert executed.run("execute").returncode == 0
    assert executed.runs() == ["alpha", "alpha", "beta"]


@pytest.mark.slow
def test_one_chapter_runs_alone(small):
    assert small.run("execute", "--chapter", "beta").returncode == 0
    assert small.runs() == ["beta"]
    unknown = small.run("execute", "--chapter", "gamma")
    assert unknown.returncode == 1 and "alpha, beta" in unknown.stderr


@pytest.mark.slow
def test_what_a_chapter_takes_is_its_own(small):
    small.chapter(
        "alpha", "import time\nx = b'x' * 2**29\nwhile time.process_time() < 4:\n    pass"
    )
    assert small.run("execute").returncode == 0
    alpha, beta = took(small, "alpha"), took(small, "beta")
    assert alpha["peak_mib"] > 512 > beta["peak_mib"] > 20
    assert alpha["cpu_seconds"] > 4
    assert alpha["cpu_seconds"] - beta["cpu_seconds"] > 1


@pytest.mark.slow
def test_a_page_that_left_the_book_leaves_no_result(executed):
    executed.edit("_toc.yml", "- file: beta\n", "")
    assert executed.run("execute").returncode == 0
    results = executed.root / "_build" / "executed"
    assert [path.name for path in results.iterdir()] == ["alpha.ipynb"]


@pytest.mark.slow
def test_a_result_cut_short_is_made_again(executed):
    path = executed.root / "_build" / "executed" / "alpha.ipynb"
    path.write_text(path.read_text()[:100])
    assert executed.run("execute").returncode == 0
    assert executed.runs() == ["alpha", "alpha", "beta"]
    assert took(executed, "alpha")["key"]


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_finished_and_leaves_no_process(small):
    finished, pid = small.root / "_build" / "executed" / "beta.ipynb", small.root / "pid"
    note = f"open({str(pid)!r}, 'w').write(str(os.getpid()))"
    small.chapter("alpha", f"import os, time\n{note}\ntime.sleep(600)")
    command = small.command("execute")
    process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True, text=True)
    wait_for(lambda: finished.exists() and pid.exists() and pid.read_text())
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1 and "Stopped" in err
    wait_for(lambda: not is_alive(int(pid.read_text())))
    assert finished.exists()


def wait_for(condition) -> None:
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen within two minutes")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
