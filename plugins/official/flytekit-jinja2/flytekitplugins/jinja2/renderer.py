"""A deck renderer that is a template."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

_ENVIRONMENT = Environment(autoescape=True, undefined=StrictUndefined)


class TemplateRenderer:
    """Renders a value with a Jinja2 template, HTML-escaping all that the template prints.

    Use it in ``Annotated[T, TemplateRenderer(...)]`` for a task's input or output, or call ``to_html``.
    It holds nothing but text and its names, so that flytekit can pickle a type annotated with it.
    """

    def __init__(self, source: str, /, **names: object) -> None:
        """Take the template's source, and what it may use under other names than ``value``.

        Raises:
            jinja2.TemplateSyntaxError: The source is not a template.
            ValueError: One of the names is ``value``.
        """
        if "value" in names:
            raise ValueError("`value` is the rendered value; give the constant another name")
        _ENVIRONMENT.parse(source)
        self._source = source
        self._names = names

    @classmethod
    def from_package(cls, package: str, path: str, /, **names: object) -> TemplateRenderer:
        """Take the template from the file ``path`` (UTF-8) of an importable package."""
        return cls(files(package).joinpath(path).read_text(encoding="utf-8"), **names)

    def to_html(self, python_value: Any) -> str:
        """Render one value.

        Raises:
            jinja2.UndefinedError: The template uses a name that is not defined.
        """
        return _ENVIRONMENT.from_string(self._source).render(self._names, value=python_value)
