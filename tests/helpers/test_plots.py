"""Figures show what they are given, and survive nets that died or overflowed."""

import io
import math
import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import matplotlib
import pytest
import torch

matplotlib.use("agg")
import matplotlib.pyplot as plt

from helpers import plots

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def svg(figure):
    """Draw it as the page does; an error in drawing shows here."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def drawn(figure):
    """The texts of the drawing, and the points of what is drawn in its axes; all are finite.

    matplotlib draws a text as outlines, and writes it into a comment before them.
    """
    source = svg(figure)
    shapes = []
    for path in ElementTree.fromstring(source).iterfind(f".//{SVG}path[@clip-path]"):
        numbers = [float(part) for part in re.sub("[A-Z]|z", " ", path.get("d")).split()]
        assert all(map(math.isfinite, numbers))
        shapes.append(list(zip(numbers[::2], numbers[1::2], strict=True)))
    return re.findall("<!-- (.+?) -->", source), shapes


def test_panels_are_a_flat_list():
    figure, axes = plots.panels(2, 3)
    assert len(axes) == 6 and figure.get_figwidth() == plots.WIDTH


def test_colours_dashes_and_markers_are_as_many_and_differ():
    assert len(plots.COLOURS) == len(plots.DASHES) == len(plots.MARKERS)
    pairs = set(zip(plots.COLOURS, map(str, plots.DASHES), strict=True))
    assert len(pairs) == len(plots.COLOURS) == len(set(plots.MARKERS))


def test_the_style_is_a_file_and_in_force():
    """matplotlib passes over what it does not know in a style: all of ours must be known."""
    lines = [
        line for line in plots.STYLE.read_text("utf-8").splitlines() if line[:1] not in ("", "#")
    ]
    wanted = matplotlib.rc_params_from_file(plots.STYLE, use_default_template=False)
    assert len(wanted) == len(lines) > 15
    for name, value in wanted.items():
        assert matplotlib.rcParams[name] == value, name
    assert wanted != {name: matplotlib.rcParamsDefault[name] for name in wanted}


def test_the_ground_is_white_and_files_repeat():
    def draw():
        return svg(plots.by_layer({"a": [1.0, 2.0]}, title="t", ylabel="y").figure)

    first = draw()
    assert draw() == first
    figure = plots.panels(1, 1)[0]
    assert figure.get_facecolor() == (1, 1, 1, 1)  # dark ink needs it in a dark theme
    assert figure.axes[0].get_facecolor()[3] == 0
    assert "fill: #ffffff" in first.split("axes_1")[0]


CELLS = """
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.backends.backend_agg import FigureCanvasAgg

shell = InteractiveShell.instance()
seen, draw = [], FigureCanvasAgg.draw
FigureCanvasAgg.draw = lambda canvas: seen.append(canvas) or draw(canvas)
shell.run_cell("from helpers import plots")
for _ in range(2):
    shell.run_cell("figure, _ = plots.panels(1, 1)")
print(f"drawn in pixels: {len(seen)}")
"""


def test_a_figure_of_a_page_is_not_drawn_in_pixels_first():
    env = os.environ | {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    run = subprocess.run(
        [sys.executable, "-c", CELLS], env=env, capture_output=True, text=True, check=True
    )
    assert run.stdout.count("<Figure size") == 2
    assert run.stdout.endswith("drawn in pixels: 0\n")


@pytest.mark.parametrize("depth", [1, 3, 10, 30])
def test_by_layer_counts_layers_from_one(depth):
    values = [float(k) for k in range(depth)]
    ax = plots.by_layer({"a": values, "b": values[::-1]}, title="t", ylabel="y")
    lines = ax.get_lines()
    assert [line.get_label() for line in lines] == ["a", "b"]
    assert list(lines[0].get_xdata()) == list(range(1, depth + 1))
    assert list(lines[0].get_ydata()) == values
    assert lines[0].get_marker() != lines[1].get_marker()
    ticks = ax.get_xticks()
    assert ticks[0] == 1 and len(ticks) <= 12 and all(1 <= tick <= depth for tick in ticks)


def test_by_layer_on_a_log_scale_survives_zero_and_nan():
    ax = plots.by_layer({"dead": [1.0, 0.0, math.nan]}, title="t", ylabel="y", log=True)
    assert ax.get_yscale() == "log" and ax.get_title(loc="left") == "t"
    texts, (*_, curve) = drawn(ax.figure)
    assert "dead" in texts and len(curve) == 2  # of 1 and of 0; NaN has no place


@pytest.mark.parametrize(
    "layer",
    [
        torch.randn(50, 4),
        torch.zeros(200),
        torch.full((10,), 3.0),
        torch.tensor([math.nan, 1.0, 2.0, 3.0]),
        torch.tensor([math.inf, 1.0, 2.0, -math.inf]),
        torch.full((5,), math.nan),
        torch.randn(20, dtype=torch.float64, requires_grad=True),
    ],
    ids=["usual", "zeros", "constant", "some-nan", "some-inf", "all-nan", "double"],
)
def test_histograms_survive(layer):
    figure = plots.layer_histograms({"net": [layer, torch.randn(100)]})
    (ax,) = figure.axes
    assert all(math.isfinite(end) for end in ax.get_xlim())
    texts, shapes = drawn(figure)
    assert {"net", "1", "2"} <= set(texts)
    ridge = 2 * (60 + 1)  # up and down at each edge of its 60 bins
    assert sorted(map(len, shapes)) == [2, 2, ridge, ridge]  # two ridges, each on its line


def test_histograms_show_the_counts():
    values = torch.tensor([0.1, 0.1, 0.1, 0.9, 7.0])  # the last is beyond the limits
    _, (ax,) = plots.panels(1, 1)
    plots.layer_ridges(ax, [values], title="t", limits=(0, 1), bins=2)
    (ridge,) = ax.patches
    heights = torch.tensor(ridge.get_data().values) - 1
    torch.testing.assert_close(heights / heights[0], torch.tensor([1.0, 1 / 3]).to(heights))


def test_layer_one_is_on_top():
    _, (ax,) = plots.panels(1, 1)
    plots.layer_ridges(ax, [torch.randn(9)] * 3, title="t")
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert dict(zip(ax.get_yticks(), labels, strict=True)) == {3: "1", 2: "2", 1: "3"}
    assert [ridge.get_data().baseline for ridge in ax.patches] == [3, 2, 1]


def test_losses_are_running_means():
    ax = plots.losses({"a": [4.0, 2.0, 6.0, 0.0]}, title="t", smooth=2, chance=2.3)
    line, chance = ax.get_lines()
    assert list(line.get_xdata()) == [2, 3, 4]
    assert list(line.get_ydata()) == [3, 4, 3]
    assert set(chance.get_ydata()) == {2.3}


def test_losses_that_overflow_are_left_out():
    ax = plots.losses({"a": [1.0, math.inf, math.nan, 1.0]}, title="t", smooth=1)
    (line,) = ax.get_lines()
    shown = list(line.get_ydata())
    assert shown[0] == shown[3] == 1 and math.isnan(shown[1]) and math.isnan(shown[2])
    assert len(drawn(ax.figure)[1][-1]) == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.357, "0.36"), (1.0, "1"), (1e-8, "$10^{-8}$"), (3e9, "$10^{9}$"), (0.0, "0")],
)
def test_a_table_writes_its_numbers(value, text):
    _, (ax,) = plots.panels(1, 1)
    plots.log_table(ax, [[value, 1.0]], ["row"], ["a", "b"], title="t")
    assert drawn(ax.figure)[0] == ["a", "b", "row", text, "1", "t"]


@pytest.mark.parametrize(("value", "text"), [(math.nan, "nan"), (math.inf, "inf"), (0.0, "0")])
def test_a_table_of_a_net_that_overflowed_or_died(value, text):
    _, (ax,) = plots.panels(1, 1)
    plots.log_table(ax, [[value, 1.0], [1e30, 1e-30]], ["row", "last"], ["a", "b"], title="t")
    (image,) = ax.images
    colours = image.get_array()
    at_the_end = {"nan": math.nan, "inf": colours[1, 0], "0": colours[1, 1]}[text]
    assert colours[0, 0] == at_the_end or math.isnan(at_the_end)
    assert ["row", "last", text, "1"] == drawn(ax.figure)[0][2:6]


def test_walks_are_drawn_from_their_start():
    walks = {"a": [(0.5, 0.5), (0.1, 0.2)], "b": [(-0.5, 0.5), (0.0, 0.0)]}
    figure = plots.walks_on_surface(
        lambda a, b: a**2 + b**2, walks, limits=(-1, 1), title="t", xlabel="a", ylabel="b"
    )
    lines = figure.axes[0].get_lines()
    assert list(lines[0].get_xdata()) == [0.5, 0.1]
    assert [line.get_label() for line in lines[1::2]] == ["a", "b"]
    texts, shapes = drawn(figure)
    assert texts[-4:] == ["t", "start", "a", "b"]
    assert [len(points) for points in shapes[-2:]] == [2, 2]
