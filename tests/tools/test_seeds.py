"""The margins of claims over seeds."""

import math

import pytest

from tools.book import BookError
from tools.seeds import Finding, main, table, worst_of


def finding(**changes) -> Finding:
    values = {
        "chapter": "alpha",
        "statement": "it holds",
        "seed": 1,
        "measured": 2.0,
        "range": "at least 1",
        "margin": 0.5,
        "holds": True,
    }
    return Finding(**values | changes)


def test_the_worst_margin_of_each_claim_is_kept():
    found = [
        finding(margin=0.5, seed=1),
        finding(margin=0.1, seed=2),
        finding(margin=0.9, seed=3),
        finding(statement="another", margin=-math.inf, seed=3, holds=False),
        finding(chapter="beta", margin=0.7, seed=2),
    ]
    assert worst_of(found) == [found[1], found[3], found[4]]


def test_the_table_shows_number_range_seed_and_verdict():
    lines = table([finding(seed=7), finding(chapter="beta", measured=math.nan, holds=False)])
    holds, fails = (line for line in lines.splitlines() if line.startswith(("holds", "FAILS")))
    assert all(word in holds for word in ("50.0%", "2", "at least 1", "7", "it holds"))
    assert "nan" in fails


def test_an_unknown_chapter_is_named_with_the_known_ones(small):
    with pytest.raises(BookError, match="'gamma'.*alpha, beta"):
        main(["1", "--chapter", "gamma", "--root", str(small.root)])


@pytest.mark.slow
def test_seeds_shift_the_run_and_leave_the_book_alone(small):
    code = "import os\nfrom helpers import claim\nseed = float(os.environ['HELPERS_SEED'])\n"
    small.chapter("beta", code + "claim('it is small', seed, below=3)")
    assert small.run("execute").returncode == 0
    before = (small.root / "_build" / "executed" / "beta.ipynb").read_text()

    good = small.run("seeds", "1", "2", "--chapter", "beta")
    assert good.returncode == 0, good.stdout + good.stderr
    assert "33.3%" in good.stdout and "0 fail" in good.stdout

    bad = small.run("seeds", "2", "5", "--chapter", "beta")
    assert bad.returncode == 1
    assert "FAILS" in bad.stdout and "2 runs, 1 to do" in bad.stdout  # seed 2 is kept
    assert (small.root / "_build" / "executed" / "beta.ipynb").read_text() == before
    assert small.runs() == ["alpha"] + ["beta"] * 4
