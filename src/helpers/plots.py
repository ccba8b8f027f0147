"""One figure style, and the figures that several chapters share.

Figures are SVG with dark ink on a white ground, which they bring along: a notebook program in a
dark theme shows them as they are. The site melts the ground into its own page. `course.mplstyle`
says how they look. Lines differ in colour, dash and marker.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from matplotlib import rc_params_from_file
from matplotlib.axes import Axes
from matplotlib.figure import Figure

STYLE = Path(__file__).with_name("course.mplstyle")
_LOOK = rc_params_from_file(STYLE, use_default_template=False)
COLOURS, DASHES = (tuple(_LOOK["axes.prop_cycle"].by_key()[key]) for key in ("color", "linestyle"))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
WIDTH = _LOOK["figure.figsize"][0]  # inches


def use_style() -> None:
    """Set the course's matplotlib style, and SVG output where Jupyter is running."""
    plt.rcParams.update(_LOOK)
    try:
        from IPython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:  # a plain script
        return
    if get_ipython() is not None:
        set_matplotlib_formats("svg", metadata={"Date": None}, bbox_inches="tight")
        plt.get_backend()  # chosen now: choosing connects the hook
        plt.uninstall_repl_displayhook()  # it draws every figure once more, in pixels, for nobody


use_style()


def panels(rows: int, columns: int, *, height: float = 2.6, **kwargs) -> tuple[Figure, list[Axes]]:
    """Return a figure of the page's width and its axes as a flat list, row by row.

    Args:
        height: inches of one row.
        kwargs: passed to `plt.subplots` (`sharex`, `sharey`, ...).
    """
    figure, axes = plt.subplots(
        rows, columns, figsize=(WIDTH, height * rows), squeeze=False, **kwargs
    )
    return figure, list(axes.flat)


def by_layer(
    curves: Mapping[str, Sequence[float]],
    *,
    title: str,
    ylabel: str,
    log: bool = False,
    ax: Axes | None = None,
    legend: bool = True,
) -> Axes:
    """Draw one number per layer for each net: layer 1, 2, ... on the horizontal axis.

    Args:
        curves: label -> values, one per layer. Zeros vanish on a log scale.
    """
    ax = ax or panels(1, 1, height=3.6)[1][0]
    for index, (label, values) in enumerate(curves.items()):
        layers = range(1, len(values) + 1)
        ax.plot(layers, values, marker=MARKERS[index % len(MARKERS)], label=label)
    if log:
        ax.set_yscale("log")
    depth = max(len(values) for values in curves.values())
    step = max(1, depth // 10)
    ax.set_xticks([1, *range(step, depth + 1, step)] if step > 1 else range(1, depth + 1))
    ax.set(title=title, xlabel="layer", ylabel=ylabel)
    if legend:
        ax.legend()
    return ax


def layer_ridges(
    ax: Axes,
    layers: Sequence[torch.Tensor],
    *,
    title: str,
    xlabel: str = "activation",
    limits: tuple[float, float] | None = None,
    bins: int = 60,
) -> Axes:
    """Draw the distribution of the values in every layer: one ridge per layer, layer 1 on top.

    Each ridge is scaled to the same height, so that shapes can be compared across layers.

    Args:
        layers: one tensor per layer, first layer first, any shapes.
        limits: ends of the horizontal axis; by default the 0.1 and 99.9 percentiles of all values.
            What lies beyond is left out.
    """
    values = [layer.detach().flatten().float().cpu() for layer in layers]
    low, high = limits or _limits(values)
    edges = torch.linspace(low, high, bins + 1)
    for index, layer in enumerate(values):
        counts = torch.histc(layer[(layer >= low) & (layer <= high)], bins, low, high)
        base = len(values) - index
        ridge = base + 0.85 * counts / counts.max().clamp(min=1)
        ax.stairs(ridge, edges, baseline=base, fill=True, color=COLOURS[0], alpha=0.75)
        ax.axhline(base, color="#888888", linewidth=0.4)
    ax.set_yticks(range(len(values), 0, -1), [str(k + 1) for k in range(len(values))])
    ax.set(title=title, xlabel=xlabel, ylabel="layer", xlim=(low, high))
    ax.grid(False)
    return ax


def layer_histograms(
    nets: Mapping[str, Sequence[torch.Tensor]],
    *,
    xlabel: str = "activation",
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Draw `layer_ridges` of several nets side by side: label -> one tensor per layer."""
    figure, axes = panels(1, len(nets), height=4.2, sharey=True)
    for ax, (label, layers) in zip(axes, nets.items(), strict=True):
        layer_ridges(ax, layers, title=label, xlabel=xlabel, limits=limits)
        ax.label_outer()
    return figure


def losses(
    curves: Mapping[str, Sequence[float]],
    *,
    title: str,
    ax: Axes | None = None,
    ylabel: str = "training loss (nats)",
    chance: float | None = None,
    smooth: int = 10,
    limits: tuple[float, float] | None = None,
    legend: bool = True,
) -> Axes:
    """Draw one loss per step for each run, as a running mean over `smooth` steps.

    Args:
        curves: label -> losses, one per step. What is not finite is not drawn.
        chance: the loss of a blind guess, drawn as a grey line.
        limits: ends of the vertical axis.
    """
    ax = ax or panels(1, 1, height=3.6)[1][0]
    for label, values in curves.items():
        series = torch.tensor(values)
        series[~series.isfinite()] = math.nan
        if len(series) >= smooth > 1:
            series = series.unfold(0, smooth, 1).mean(1)
        steps = range(len(values) - len(series) + 1, len(values) + 1)
        ax.plot(steps, series.tolist(), label=label)
    if chance is not None:
        ax.axhline(chance, color="#888888", linewidth=1, linestyle="-", zorder=0)
    ax.set(title=title, xlabel="step", ylabel=ylabel)
    if limits:
        ax.set_ylim(limits)
    if legend:
        ax.legend()
    return ax


def log_table(
    ax: Axes,
    values: Sequence[Sequence[float]],
    rows: Sequence[str] | None,
    columns: Sequence[str],
    *,
    title: str,
    decades: float = 4.0,
) -> Axes:
    """Draw a table of ratios coloured by their logarithm: 1 is pale, less is blue, more is red.

    Args:
        values: one row of positive numbers for each entry of `rows`.
        rows: labels of the rows; None leaves them to a table drawn to the left.
        decades: powers of ten at which the colour is full.
    """
    logs = torch.tensor(values, dtype=torch.float64).log10().clamp(-decades, decades)
    ax.imshow(logs.numpy(), cmap="RdBu_r", vmin=-1.4 * decades, vmax=1.4 * decades, aspect="auto")
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            ax.text(column, row, _short(value), ha="center", va="center", color="#111111")
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(values)), rows or [""] * len(values))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.grid(False)
    ax.set_title(title)
    return ax


def _short(value: float) -> str:
    """Two digits, or a power of ten: "0.36", "1.2", "$10^{-8}$"."""
    if 0.01 <= abs(value) < 100 or not math.isfinite(value):
        return f"{value:.2g}"
    return f"$10^{{{round(math.log10(abs(value)))}}}$" if value else "0"


def walks_on_surface(
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    walks: Mapping[str, Sequence[tuple[float, float]]],
    *,
    limits: tuple[float, float],
    title: str,
    xlabel: str,
    ylabel: str,
) -> Figure:
    """Draw paths over the contour lines of a function of two weights.

    Args:
        loss: takes two (n, n) grids, returns the (n, n) heights; contours are of its logarithm.
        walks: label -> the points visited, in order; a dot marks each, a ring the start.
        limits: ends of both axes; what leaves them is cut off.
    """
    figure, (ax,) = panels(1, 1, height=4.6)
    line = torch.linspace(*limits, 240)
    first, second = torch.meshgrid(line, line, indexing="xy")
    heights = (loss(first, second) + 1e-4).log10()
    ax.contourf(first, second, heights, levels=14, cmap="Greys", alpha=0.55)
    for index, (label, path) in enumerate(walks.items()):
        colour, marker = COLOURS[index], MARKERS[index]
        xs, ys = zip(*path, strict=True)
        ax.plot(xs, ys, color=colour, linestyle="-", marker=".", markersize=4, clip_on=True)
        ax.plot(
            xs[0],
            ys[0],
            color=colour,
            linestyle="",
            marker=marker,
            markersize=13 - 2 * index,
            label=label,
        )
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel, xlim=limits, ylim=limits, aspect="equal")
    ax.grid(False)
    ax.legend(title="start", loc="center left", bbox_to_anchor=(1.02, 0.5))
    return figure


def _limits(values: Sequence[torch.Tensor]) -> tuple[float, float]:
    """The range that holds nearly all values of all layers, never empty."""
    together = torch.cat([layer[:: max(1, layer.numel() // 20_000)] for layer in values])
    together = together[together.isfinite()]
    if not len(together):  # every layer overflowed
        return -1.0, 1.0
    low, high = torch.quantile(together, torch.tensor([0.001, 0.999])).tolist()
    return (low, high) if high > low else (low - 1, high + 1)
