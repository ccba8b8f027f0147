"""Formulas without the site's macros and labels."""

import pytest
from _ext import tex

MACROS = {
    "R": r"\mathbb{R}",
    "h": r"\mathbf{h}",
    "nin": r"n_\text{in}",
    "loss": r"\mathcal{L}",
    "pd": [r"\frac{\partial #1}{\partial #2}", 2],
    "slope": [r"\pd{\loss}{#1}", 1],
}


@pytest.mark.parametrize(
    ("short", "full"),
    [
        (r"x \in \R", r"x \in{\mathbb{R}}"),
        (r"\h = 1", r"\mathbf{h} = 1"),
        (r"\hat x, \hbar, \Rightarrow", r"\hat x, \hbar, \Rightarrow"),  # other names
        (r"1/\nin^2", r"1/{n_\text{in}}^2"),
        (r"\sqrt\nin", r"\sqrt{n_\text{in}}"),
        (r"2^\nin", r"2^{n_\text{in}}"),
        (r"\{\h\}", r"\{\mathbf{h}\}"),
        (r"a \\ \h", r"a \\ \mathbf{h}"),
        (r"\\h", r"\\h"),  # a line break and an h
        (r"\pd{a_{1}}{\h}", r"{\frac{\partial a_{1}}{\partial {\mathbf{h}}}}"),
        (r"\pd yx", r"\frac{\partial y}{\partial x}"),
        (r"\pd\h x", r"\frac{\partial {\mathbf{h}}}{\partial x}"),
        (r"\slope{w}", r"\frac{\partial {\mathcal{L}}}{\partial w}"),
    ],
)
def test_macros_are_written_out(short, full):
    assert tex.expand(short, MACROS).replace(" ", "") == full.replace(" ", "")


@pytest.mark.parametrize("formula", [r"\pd{a}", r"{\pd{a}}", r"\pd{a}{b"])
def test_a_macro_without_its_argument_is_an_error(formula):
    with pytest.raises(ValueError, match=r"\\pd"):
        tex.expand(formula, MACROS)


def test_a_numbered_formula_has_its_number_as_a_tag():
    assert tex.display("\na = b\n", "2.1") == "$$\na = b\n\\tag{2.1}\n$$"
    assert tex.display("a = b") == "$$\na = b\n$$"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (r"\begin{align*}a &= b\end{align*}", r"\begin{aligned}a &= b\end{aligned}"),
        (r"\begin{gather}a\end{gather}", r"\begin{gathered}a\end{gathered}"),
        (r"\begin{cases}a \\ b\end{cases}", r"\begin{cases}a \\ b\end{cases}"),
        (r"a \\ b", "\\begin{aligned}\na \\\\ b\n\\end{aligned}"),
        ("a\n\n= b", "a\n= b"),  # an empty line ends a formula
    ],
)
def test_what_may_stand_between_dollars(body, shown):
    assert tex.display(body) == f"$$\n{shown}\n$$"
