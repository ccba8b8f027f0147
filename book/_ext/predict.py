"""`{predict}`: a question to the reader before the figure that answers it.

    ```{predict} Ten tanh layers, weights of 0.01. How much of the input's spread is left?
    :name: small-weights

    - About all of it.

      A unit adds up 256 products, but each is only 0.01 of its input.
    - Less than a millionth.

      Each layer keeps 0.16 of the spread, and 0.16 to the tenth power is next to nothing.
    ```

Each item is a choice and, from its second paragraph on, the reason why it is right or wrong. Which
one is right is what the run says: the chapter calls `predict("small-weights", [...], right=2)`
(`helpers.claims`). The answer stays folded until the reader has chosen, or opens it.
"""

import copy

from docutils import nodes
from docutils.parsers.rst import directives
from myst_nb.core import render
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from . import executed
from .texts import _

MIME = "application/vnd.course.prediction+json"
MOST = 4  # choices


class predict_form(nodes.Element):  # noqa: N801 (docutils names its nodes so)
    """The question, its choices, its answer."""


class predict_choices(nodes.Element):  # noqa: N801
    """The fieldset."""


class predict_question(nodes.TextElement):  # noqa: N801
    """The fieldset's legend."""


class predict_choice(nodes.TextElement):  # noqa: N801
    """A radio button and its label."""


class predict_answer(nodes.Element):  # noqa: N801
    """The fold: what the run says to each choice."""


class predict_record(nodes.Element):  # noqa: N801
    """Where the run has decided a prediction; the directive shows what it said."""


class Predict(SphinxDirective):
    """The directive."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = {"name": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """The form, with the answer that the run of this page gave."""
        name = self.options.get("name", "").strip()
        if not name:
            raise self.error("predict: the option :name: is missing")
        before, items = self._parse()
        right = self._right(name, len(items))
        form = predict_form(name=f"{self.env.docname}-predict-{name}")
        question, messages = self.parse_inline(self.arguments[0], lineno=self.lineno)
        legend = predict_question(self.arguments[0], "", *question)
        legend.source, legend.line = self.get_source_info()
        choices = predict_choices("", legend, *before)
        answer = predict_answer()
        reasons = nodes.enumerated_list(enumtype="arabic", prefix="", suffix=".")
        for number, item in enumerate(items, 1):
            choices += self._choice(item, number, form["name"])
            reasons += self._reason(item, number == right)
        answer += reasons
        form += [choices, answer]
        return [form, *messages]

    def _parse(self) -> tuple[list[nodes.Node], list[nodes.list_item]]:
        """What stands before the choices, and the choices."""
        body = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, body)
        *before, last = body.children or [body]
        items = list(last.children) if isinstance(last, nodes.bullet_list) else []
        if not 2 <= len(items) <= MOST:
            raise self.error(f"predict: it ends with a list of two to {MOST} choices")
        for item in items:
            if len(item) < 2 or not isinstance(item[0], nodes.paragraph):
                raise self.error(
                    "predict: each choice is a line, then an empty line, then the reason why it "
                    f"is right or wrong; this one has none: {item.astext()[:60]!r}"
                )
        return before, items

    def _right(self, name: str, choices: int) -> int | None:
        """The number of the right choice, as the run found; None where there was no run."""
        notebook = executed.load(self.env, self.env.docname)
        if notebook is None:
            return None
        found = [each for each in executed.records(notebook, MIME) if each["name"] == name]
        if len(found) != 1 or found[0]["choices"] != choices:
            what = f"{found[0]['choices']} choices" if len(found) == 1 else f"{len(found)} calls"
            raise self.error(
                f"predict: the run must decide between the {choices} choices of {name!r} with one "
                f"call of predict({name!r}, ...); it has {what}"
            )
        return found[0]["right"]

    def _choice(self, item: nodes.list_item, number: int, group: str) -> predict_choice:
        said = item[0]
        choice = predict_choice(
            said.rawsource, "", *(copy.deepcopy(each) for each in said), number=number, group=group
        )
        choice.source, choice.line = said.source, said.line
        return choice

    def _reason(self, item: nodes.list_item, right: bool) -> nodes.list_item:
        reason = item.deepcopy()
        reason["classes"].append("predict-right" if right else "predict-wrong")
        if right:
            reason[0].insert(0, nodes.inline("", _("This one.") + " ", classes=["predict-mark"]))
        return reason


class PredictionRenderer:
    """What the run says to a prediction is shown by the directive, not where it was computed."""

    @staticmethod
    def handle_mime(renderer, data, inline: bool) -> list[nodes.Element] | None:
        """A record for a prediction; None for every other output."""
        return [predict_record()] if data.mime_type == MIME and not inline else None


class DropRecords(SphinxPostTransform):
    """Takes the records away, before claims are placed (150): a cell may then be empty.

    MyST-NB would show an output's plain text if there were nothing in the record's place.
    """

    default_priority = 140

    def run(self, **_options) -> None:
        """Remove every record."""
        for record in list(self.document.findall(predict_record)):
            record.parent.remove(record)


def _visit_form(self, node: predict_form) -> None:
    says = {"right": _("That is what the run says."), "wrong": _("The run says otherwise.")}
    data = " ".join(f'data-{key}="{self.attval(value)}"' for key, value in says.items())
    self.body.append(f'<form class="predict" id="{node["name"]}" {data}>\n')


def _depart_form(self, _node) -> None:
    self.body.append('<output class="predict-verdict"></output></form>\n')


def _visit_choices(self, _node) -> None:
    self.body.append("<fieldset>\n")


def _depart_choices(self, _node) -> None:
    self.body.append("</fieldset>\n")


def _visit_question(self, _node) -> None:
    word = self.encode(_("Predict first:"))
    self.body.append(f'<legend><span class="predict-word">{word}</span> ')


def _depart_question(self, _node) -> None:
    self.body.append("</legend>\n")


def _visit_choice(self, node: predict_choice) -> None:
    self.body.append(
        f'<label><input type="radio" name="{node["group"]}" value="{node["number"]}"> <span>'
    )


def _depart_choice(self, _node) -> None:
    self.body.append("</span></label>\n")


def _visit_answer(self, _node) -> None:
    word = self.encode(_("What the run says"))
    self.body.append(f'<details class="predict-answer"><summary>{word}</summary>\n')


def _depart_answer(self, _node) -> None:
    self.body.append("</details>\n")


def setup(app: Sphinx) -> dict:
    """Add the directive, its nodes, and the renderer."""
    app.add_directive("predict", Predict)
    app.add_node(predict_form, html=(_visit_form, _depart_form))
    app.add_node(predict_choices, html=(_visit_choices, _depart_choices))
    app.add_node(predict_question, html=(_visit_question, _depart_question))
    app.add_node(predict_choice, html=(_visit_choice, _depart_choice))
    app.add_node(predict_answer, html=(_visit_answer, _depart_answer))
    app.add_post_transform(DropRecords)
    installed = render.load_mime_renders()
    if PredictionRenderer not in installed:
        installed.append(PredictionRenderer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
