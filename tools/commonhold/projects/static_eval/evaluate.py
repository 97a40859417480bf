"""Folding a whole file, within limits."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.python_ast import parse_python
from commonhold.projects.static_eval.dispatch import NODES
from commonhold.projects.static_eval.interpreter import LeaveError, Run, TooMuchError

if TYPE_CHECKING:
    from typing import Any

    from commonhold.projects.declaration import ProjectFiles


class EvaluatedFile(NamedTuple):
    """The calls of ``setup()`` in a file, each as its keyword arguments, and what kept it from being read."""

    setups: tuple[dict[Any, Any], ...] = ()
    obstacle: str | None = None


def evaluate_file(place: ProjectFiles, path: str, raw: bytes) -> EvaluatedFile:
    """Fold the file at ``path``, whose content is ``raw``."""
    body = parse_python(raw)
    if body is None:
        return EvaluatedFile(obstacle="is not Python that can be parsed here")
    run = Run(place, path, NODES)
    try:
        run.perform(body)
    except LeaveError:
        pass
    except (TooMuchError, RecursionError, MemoryError):
        return EvaluatedFile(tuple(run.setups), "computes too much to be read without running it")
    return EvaluatedFile(tuple(run.setups), None if run.setups else "does not call setup() where it can be seen")
