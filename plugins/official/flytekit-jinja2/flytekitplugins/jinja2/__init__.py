"""Render values in a Flyte deck with a Jinja2 template."""

from .renderer import TemplateRenderer

__all__ = ["TemplateRenderer"]
