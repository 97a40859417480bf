"""Find files of an imported plugin that have an effect only at the root of a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ROOT_ONLY = frozenset(
    (
        *(".github", ".circleci", ".gitlab", ".gitlab-ci.yml", ".travis.yml", ".pre-commit-config.yaml"),
        *(".readthedocs.yaml", ".readthedocs.yml", "azure-pipelines.yml", "codecov.yml", "renovate.json", "CODEOWNERS"),
    )
)


def inactive_files(paths: Iterable[str], folder: str) -> Iterator[str]:
    """Yield a note if the plugin has such files, which should be deleted or moved."""
    inside = (path[len(folder) + 1 :].partition("/")[0] for path in paths if path.startswith(f"{folder}/"))
    found = {name for name in inside if name in _ROOT_ONLY}
    if found:
        yield f"these files have no effect in {folder}; move what you need, and delete the rest: {listed(found, 20)}"
