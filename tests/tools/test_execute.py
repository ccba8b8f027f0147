"""Chapters run once, alone, measured; what fails, fails every time."""

import json
import os
import signal
import subprocess
import time

import nbformat
import pytest
from jupyter_cache import get_cache

from tools.course import Course, CourseError
from tools.execute import MAX_PEAK_MIB, check_result, default_jobs


def took(small, slug: str) -> dict:
    path = small.root / "_build" / "executed" / f"{slug}.ipynb"
    return json.loads(path.read_text())["metadata"]["course"]


def fails_twice(small, *words: str) -> None:
    for _ in range(2):
        run = small.run("execute")
        assert run.returncode == 1, run.stdout + run.stderr
        for word in words:
            assert word in run.stderr


def ran(small, slug: str, *, cpu_seconds=1.0, peak_mib=100, outputs=()):
    """A chapter and the notebook that a run with these numbers would have left."""
    chapter = small.course().chapters[slug]
    notebook = nbformat.from_dict(chapter.notebook)
    notebook.metadata["course"] = {"cpu_seconds": cpu_seconds, "peak_mib": peak_mib}
    chapter.code_cells[1].outputs = list(outputs)
    return chapter, notebook


# What needs no kernel


def test_within_twice_the_budget_and_the_memory_nothing_is_wrong(small):
    assert check_result(*ran(small, "alpha", cpu_seconds=120, peak_mib=MAX_PEAK_MIB)) == []


def test_over_twice_the_budget_says_the_numbers(small):
    (problem,) = check_result(*ran(small, "alpha", cpu_seconds=120.1))
    assert "alpha" in problem and "120.1 CPU seconds" in problem and "60" in problem


def test_over_two_gib_says_the_numbers(small):
    (problem,) = check_result(*ran(small, "alpha", peak_mib=MAX_PEAK_MIB + 1))
    assert "2,049 MiB" in problem and "2,048" in problem


def test_a_page_without_a_budget_is_refused(small):
    small.edit("book/alpha.md", "course: {cpu_seconds: 60}\n", "")
    with pytest.raises(CourseError, match="alpha.md.*cpu_seconds"):
        _ = small.course().chapters


@pytest.mark.parametrize("budget", ["0", "-3", "soon", "true"])
def test_a_budget_is_a_positive_number(small, budget):
    small.edit("book/alpha.md", "cpu_seconds: 60", f"cpu_seconds: {budget}")
    with pytest.raises(CourseError, match="budget"):
        _ = small.course().chapters


def test_a_folder_that_is_no_course_is_refused(tmp_path):
    with pytest.raises(CourseError, match="_config.yml"):
        Course(tmp_path)


@pytest.mark.parametrize("jobs", ["0", "many", "-1"])
def test_jobs_is_a_number_of_workers(monkeypatch, jobs):
    monkeypatch.setenv("JOBS", jobs)
    with pytest.raises(CourseError, match="JOBS"):
        default_jobs()


# What runs kernels


@pytest.mark.slow
def test_chapters_run_once_and_are_kept(executed):
    assert executed.runs() == ["alpha", "beta"]
    numbers = took(executed, "alpha")
    assert numbers["budget_cpu_seconds"] == 60
    assert 0 < numbers["cpu_seconds"] < 60 and numbers["wall_seconds"] > 0
    assert executed.run("execute").returncode == 0
    assert executed.runs() == ["alpha", "beta"]
    assert took(executed, "alpha") == numbers


@pytest.mark.slow
def test_sphinx_will_find_every_chapter_in_the_cache(executed):
    cache = get_cache(str(executed.root / "_build" / ".jupyter_cache"))
    _, merged = cache.merge_match_into_notebook(executed.course().notebooks["alpha"])
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


@pytest.mark.slow
def test_over_budget_fails_twice_until_the_chapter_changes(small):
    burn = "import time\nwhile time.process_time() < 3:\n    pass"
    small.chapter("alpha", burn, budget=1)
    fails_twice(small, "alpha", "CPU seconds", "its budget is 1")
    assert small.runs() == ["alpha", "beta"]
    small.chapter("alpha", burn, budget=30)
    assert small.run("execute").returncode == 0
    assert small.runs() == ["alpha", "beta"]
    assert took(small, "alpha")["budget_cpu_seconds"] == 30


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
