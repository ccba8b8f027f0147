"""Formulas for readers that know neither our macros nor Sphinx's labels.

Jupyter, VS Code and Colab set TeX with MathJax or KaTeX: without the macros of the site's
configuration, and without `align`, which may not stand between `$$`.
"""

import re
from collections.abc import Mapping, Sequence

Macros = Mapping[str, str | Sequence]
_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)", re.S)
_ENVIRONMENT = re.compile(r"\\(begin|end)\{(align|gather|equation)\*?\}")
_INNER = {"align": "aligned", "gather": "gathered", "equation": "aligned"}


def expand(tex: str, macros: Macros) -> str:
    """Write out the macros in a formula.

    Args:
        tex: the formula.
        macros: name -> replacement, or name -> [replacement with `#1`, number of arguments],
            as MathJax's configuration has them.

    Raises:
        ValueError: a macro lacks an argument.
    """
    done, rest = "", tex
    while found := _COMMAND.search(rest):
        done, rest = done + rest[: found.start()], rest[found.end() :]
        name = found[0][1:]
        if name not in macros:
            done += found[0]
            continue
        replacement, rest = _replace(name, macros[name], rest)
        replacement = expand(replacement, macros)
        # What a command or an index takes as its argument is one macro, but may be many symbols.
        if re.search(r"(\\[A-Za-z]+|[_^])\s*$", done) or re.search(r"[_^]", replacement):
            replacement = f"{{{replacement}}}"
        done += replacement
    return done + rest


def display(tex: str, number: str = "") -> str:
    """A displayed formula as `$$...$$`, numbered on the right when it has a number."""
    body = _ENVIRONMENT.sub(lambda found: f"\\{found[1]}{{{_INNER[found[2]]}}}", tex.strip())
    if r"\\" in re.sub(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", "", body, flags=re.S):
        body = f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"  # Sphinx does so, too
    body = re.sub(r"\n\s*\n", "\n", body)  # an empty line would end the formula
    tag = f"\n\\tag{{{number}}}" if number else ""
    return f"$$\n{body}{tag}\n$$"


def _replace(name: str, macro: str | Sequence, rest: str) -> tuple[str, str]:
    """The macro's text with its arguments put in, and what follows them."""
    if isinstance(macro, str):
        return macro, rest
    text, count = macro
    for position in range(1, count + 1):
        argument, rest = _argument(name, rest.lstrip())
        text = text.replace(f"#{position}", argument)
    return text, rest


def _argument(name: str, text: str) -> tuple[str, str]:
    if not text or text[0] == "}":
        raise ValueError(f"the macro \\{name} lacks an argument")
    if text[0] != "{":
        first = _COMMAND.match(text)
        end = first.end() if first else 1
        return text[:end], text[end:]
    depth = 0
    for found in re.finditer(r"\\.|[{}]", text, re.S):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return text[1 : found.start()], text[found.end() :]
    raise ValueError(f"the argument of the macro \\{name} is not closed")
