"""The margins of claims over seeds."""

import math

import pytest

from tools.book import BookError
from tools.findings import Finding
from tools.seeds import Run, main, table, worst_of


def run(chapter: str = "alpha", seed: int = 1, **changes) -> Run:
    values = {
        "statement": "It holds",
        "shown": "2 %",
        "range": "at least 1 %",
        "margin": 0.5,
        "holds": True,
    }
    return Run(chapter, seed, Finding(**values | changes))


def test_the_worst_margin_of_each_claim_is_kept():
    runs = [
        run(margin=0.5, seed=1),
        run(margin=0.1, seed=2),
        run(margin=0.9, seed=3),
        run(statement="Another", margin=-math.inf, seed=3, holds=False),
        run(chapter="beta", margin=0.7, seed=2),
    ]
    assert worst_of(runs) == [runs[1], runs[3], runs[4]]


def test_the_table_shows_number_range_seed_and_verdict():
    lines = table([run(seed=7), run(chapter="beta", shown="not a number", holds=False)])
    holds, fails = (line for line in lines.splitlines() if line.startswith(("holds", "FAILS")))
    assert all(word in holds for word in ("50.0%", "2 %", "at least 1 %", "7", "It holds"))
    assert "not a number" in fails


def test_an_unknown_chapter_is_named_with_the_known_ones(small):
    with pytest.raises(BookError, match="'gamma'.*alpha, beta"):
        main(["1", "--chapter", "gamma", "--root", str(small.root)])


@pytest.mark.slow
def test_seeds_shift_the_run_and_leave_the_book_alone(small):
    code = (
        "import os\nfrom helpers import claim, predict\nseed = float(os.environ['HELPERS_SEED'])\n"
    )
    code += "predict('size', [seed < 4, seed >= 4], right=1)\n"
    small.chapter("beta", code + "claim('It is small', seed, below=3)")
    assert small.run("execute").returncode == 0
    before = (small.root / "_build" / "executed" / "beta.ipynb").read_text()

    good = small.run("seeds", "1", "2", "--chapter", "beta")
    assert good.returncode == 0, good.stdout + good.stderr
    assert "33.3%" in good.stdout and "0 fail" in good.stdout

    bad = small.run("seeds", "2", "5", "--chapter", "beta")
    assert bad.returncode == 1
    assert bad.stdout.count("FAILS") == 2 and "question size" in bad.stdout
    assert "2 runs, 1 to do" in bad.stdout  # seed 2 is kept
    assert (small.root / "_build" / "executed" / "beta.ipynb").read_text() == before
    assert small.runs() == ["alpha"] + ["beta"] * 4
