"""The adding problem has its answer in it; the prices follow the rule that made them."""

import pytest
import torch

from helpers.data import sequences
from helpers.data.sequences import adding_problem, prices


@pytest.mark.parametrize(("length", "shortest"), [(50, None), (2, None), (13, 4), (7, 2)])
def test_adding_has_one_mark_in_each_half_and_their_sum(length, shortest):
    sample = adding_problem(300, length, shortest=shortest)
    assert sample.x.shape == (300, length, 2)
    values, marks = sample.x.unbind(2)
    assert set(marks.unique().tolist()) <= {0.0, 1.0}
    assert ((values >= 0) & (values < 1)).all()
    torch.testing.assert_close((values * marks).sum(1), sample.y)
    time = torch.arange(length)
    first = time < (sample.lengths // 2)[:, None]
    real = time < sample.lengths[:, None]
    assert ((marks * first).sum(1) == 1).all()
    assert ((marks * (real & ~first)).sum(1) == 1).all()
    assert sample.x[~real].abs().sum() == 0
    low = shortest or length
    assert sample.lengths.min() >= low
    assert sample.lengths.max() <= length
    if shortest:
        assert sample.lengths.unique().numel() == length - shortest + 1


def test_adding_marks_reach_both_ends_and_the_answer_has_its_variance():
    torch.manual_seed(0)
    sample = adding_problem(20_000, 10)
    assert (sample.x[..., 1].sum(0) > 3000).all()  # 4,000 expected at each step
    assert abs(sample.y.mean() - 1) < 0.02
    assert abs(sample.y.var() - 1 / 6) < 0.01


def test_a_generator_decides_and_leaves_the_global_one_alone():
    def draw(make):
        return make(generator=torch.Generator().manual_seed(3))

    for make in (
        lambda generator: adding_problem(5, 9, shortest=3, generator=generator).x,
        lambda generator: prices(5, 9, generator=generator).x,
    ):
        before = torch.get_rng_state()
        assert torch.equal(draw(make), draw(make))
        assert torch.equal(before, torch.get_rng_state())
        assert not torch.equal(make(generator=None), make(generator=None))


@pytest.mark.parametrize(("count", "length", "shortest"), [(0, 5, None), (3, 1, None), (3, 5, 6)])
def test_adding_refuses_what_it_cannot_draw(count, length, shortest):
    with pytest.raises(ValueError, match="shortest"):
        adding_problem(count, length, shortest=shortest)


def test_prices_raw_figures_agree_with_the_inputs():
    market = prices(4, 30)
    assert market.x.shape == (4, 30, 3)
    assert market.y.shape == (4, 30)
    assert market.price.shape == market.index.shape == market.news.shape == (4, 31)
    change = 100 * (market.price[:, 1:] / market.price[:, :-1] - 1)
    torch.testing.assert_close(change, market.y, atol=1e-3, rtol=0)
    torch.testing.assert_close(change[:, :-1], market.x[:, 1:, 0], atol=1e-3, rtol=0)
    index_change = 100 * (market.index[:, 1:] / market.index[:, :-1] - 1)
    torch.testing.assert_close(index_change[:, :-1], market.x[:, 1:, 1], atol=1e-3, rtol=0)
    torch.testing.assert_close((market.news[:, :-1] - 90) / 10, market.x[..., 2], atol=1e-4, rtol=0)


def test_prices_follow_the_index_and_the_old_news_and_nothing_else():
    torch.manual_seed(0)
    market = prices(2000, 20)
    lag = sequences.LAG
    old_news = market.x[:, : -lag + 1, 2].flatten()  # of `lag` days before the change
    y, today = market.y[:, lag - 1 :].flatten(), market.x[:, lag - 1 :].flatten(0, 1)
    design = torch.cat([today, old_news[:, None]], 1)
    solution = torch.linalg.lstsq(design, y[:, None]).solution.squeeze()
    wanted = torch.tensor([0.0, sequences.INDEX_EFFECT, 0.0, sequences.NEWS_EFFECT])
    torch.testing.assert_close(solution, wanted, atol=0.02, rtol=0)
    rest = y - design @ solution
    assert abs(rest.std() - sequences.NOISE) < 0.01
    assert abs(1 - rest.var() / y.var() - market.explainable) < 0.02


@pytest.mark.parametrize(("count", "days"), [(0, 5), (5, 0)])
def test_prices_need_a_market_and_a_day(count, days):
    with pytest.raises(ValueError, match="at least 1"):
        prices(count, days)
