from __future__ import annotations

import sys
import typing

import cloudpickle
import jinja2
import pytest
from flytekit import Deck, current_context, task, workflow
from flytekit.deck import DeckField
from flytekit.deck.renderer import Renderable

from flytekitplugins.jinja2 import TemplateRenderer

LIST = "<h2>{{ title }}</h2><ul>{% for item in value %}<li>{{ item }}</li>{% endfor %}</ul>"
FIELDS = (DeckField.INPUT, DeckField.OUTPUT)
HOSTILE = "<script>alert('x')</script>"

Words = typing.Annotated[list[str], TemplateRenderer(LIST, title="Words")]


def written_decks() -> list[tuple[str, str]]:
    return [(deck.name, deck.html) for deck in current_context().decks]


def test_a_workflow_shows_inputs_and_outputs_with_their_templates():
    @task(enable_deck=True, deck_fields=FIELDS)
    def split(text: str) -> Words:
        return text.split()

    @task(enable_deck=True, deck_fields=FIELDS)
    def count(words: Words) -> int:
        return len(words)

    @workflow
    def count_words(text: str) -> int:
        return count(words=split(text=text))

    assert count_words(text="to <be>") == 2
    shown = "<h2>Words</h2><ul><li>to</li><li>&lt;be&gt;</li></ul>"
    assert [name for name, html in written_decks() if shown in html] == ["Output", "Input"]


def test_a_task_can_fill_a_deck_of_its_own():
    @task(enable_deck=True, deck_fields=FIELDS)
    def report() -> None:
        Deck("report", TemplateRenderer("<p>{{ value.name }}</p>").to_html({"name": "octocat"}))

    report()
    assert ("report", "<p>octocat</p>") in written_decks()


def test_a_hostile_value_and_a_hostile_title_are_escaped():
    html = TemplateRenderer(LIST, title=HOSTILE).to_html([HOSTILE])
    assert "<script>" not in html
    assert html.count("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;") == 2


def test_the_renderer_is_what_flytekit_calls_renderable():
    assert isinstance(TemplateRenderer("{{ value }}"), Renderable)


def test_a_syntax_error_is_found_before_any_task_runs():
    with pytest.raises(jinja2.TemplateSyntaxError):
        TemplateRenderer("{% for item in value %}")


def test_a_name_that_nobody_defines_is_an_error_and_not_a_blank():
    with pytest.raises(jinja2.UndefinedError, match="titel"):
        TemplateRenderer("{{ titel }}", title="Words").to_html(1)


def test_the_name_of_the_value_cannot_be_taken():
    with pytest.raises(ValueError, match="`value`"):
        TemplateRenderer("{{ value }}", value=1)


def test_a_template_is_read_from_a_package(tmp_path, monkeypatch):
    package = tmp_path / "my_reports"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "deck.html").write_text("<b>{{ mark }} {{ value }}</b>", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "my_reports", raising=False)
    renderer = TemplateRenderer.from_package("my_reports", "deck.html", mark="é")
    assert renderer.to_html("a&b") == "<b>é a&amp;b</b>"


def test_a_type_annotated_with_it_can_be_pickled():
    annotated = cloudpickle.loads(cloudpickle.dumps(Words))
    (renderer,) = annotated.__metadata__
    assert renderer.to_html(["a"]) == "<h2>Words</h2><ul><li>a</li></ul>"
