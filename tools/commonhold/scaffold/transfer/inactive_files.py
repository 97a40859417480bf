"""Find parts of an imported plugin that have no effect or no meaning in the monorepo: files, tags and versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.text import count, listed, printable
from commonhold.vcs.history_files import remove_odd_tags, remove_other_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.projects.metadata import Metadata
    from commonhold.vcs.git import Git

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


def left_out_tags(git: Git, subdirectory: str) -> Iterator[str]:
    """Delete the tags that are not versions of the plugin, and yield a note about them."""
    for tag in remove_odd_tags(git):
        yield f"the tag {printable(tag)} points to no commit and was left out"
    number = remove_other_tags(git, subdirectory) if subdirectory else 0
    if number:
        yield f"{count(number, 'tag')} without the name of {subdirectory} belong to other folders and were left out"


def version_notes(metadata: Metadata, folder: str) -> Iterator[str]:
    """Yield a note if the version comes from tags, which do not have their old names any more."""
    tools = sorted({str(each.name) for each in metadata.build if each.name in _TAG_READERS})
    if metadata.version is None and tools:
        yield f"{tools[0]} computes the version of {folder} from tags, which have a prefix now: write a literal version"


_TAG_READERS = frozenset(
    (
        *("setuptools-scm", "hatch-vcs", "versioneer", "pbr", "setuptools-git-versioning", "uv-dynamic-versioning"),
        *("poetry-dynamic-versioning", "versioningit", "flit-scm", "vcs-versioning"),
    )
)
