"""Which commit a release is made of."""

from __future__ import annotations

from commonhold.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packaging.version import Version

    from commonhold.history import Repository


class Reference(NamedTuple):
    """A commit, and the name by which it was found."""

    name: str
    commit: str


def find_reference(repository: Repository, ref: str | None, version: Version, tags: Sequence[str]) -> Reference:
    """The commit that ``ref`` names; without it, that of the first configured tag that exists, or else ``HEAD``.

    ``tags`` are templates such as ``v{version}``. Raises ``GitError``.
    """
    if ref is not None:
        return Reference(ref, repository.resolve(ref))
    names = [template.replace("{version}", str(version)) for template in tags]
    for name, commit in zip(names, repository.commits(*(f"refs/tags/{name}" for name in names)), strict=True):
        if commit is not None:
            return Reference(name, commit)
    return Reference("HEAD", repository.resolve("HEAD"))
