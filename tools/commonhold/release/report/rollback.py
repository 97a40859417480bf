"""The rollback sheet: where each release is yanked, in which order, and which version comes after.

No index has an API for yanking, so that a person must do it in a browser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from packaging.version import Version

from commonhold.index.addresses import NAMED_INDEXES, find_index
from commonhold.release.report.overview import hotfix
from commonhold.text import code, markdown, table
from commonhold.versions import next_post

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.index.addresses import Address
    from commonhold.release.model.plan import ReleasePlan
    from commonhold.release.model.plugin_state import PluginState
    from commonhold.release.model.state import ReleaseState


def rollback_sheet(plan: ReleasePlan, state: ReleaseState) -> str:
    """How to take back what the index has of a release, as Markdown. Raises ``UsageError`` for no index's address."""
    return "\n".join(_lines(plan, state)) + "\n"


def next_patch(version: str) -> str:
    """The version that mends another: the next of its kind, or the next micro version.

    >>> [next_patch(version) for version in ("1.17.0", "1.17", "2.0rc1", "1.17.0.post1", "1.0.dev3")]
    ['1.17.1', '1.17.1', '2.0rc2', '1.17.0.post2', '1.0.dev4']
    """
    found = Version(version)
    epoch = f"{found.epoch}!" if found.epoch else ""
    base = f"{epoch}{'.'.join(map(str, found.release))}"
    stem = base + ("".join(map(str, found.pre)) if found.pre else "")
    if found.dev is not None:
        post = "" if found.post is None else f".post{found.post}"
        return f"{stem}{post}.dev{found.dev + 1}"
    if found.post is not None:
        return f"{stem}.post{found.post + 1}"
    if found.pre is not None:
        return f"{base}{found.pre[0]}{found.pre[1] + 1}"
    return f"{epoch}{found.major}.{found.minor}.{found.micro + 1}"


def _lines(plan: ReleasePlan, state: ReleaseState) -> Iterator[str]:
    address = state.address or find_index(plan.index, plan.simple)
    standings = [standing for standing in reversed([*state.plugins.values()]) if standing.any_uploaded]
    yield f"# Taking {markdown(plan.version)} back"
    yield ""
    if not standings:
        yield "The index has nothing of this release: there is nothing to take back."
        return
    yield (
        "Yanking has no API: a person who owns the project does it in a browser. A yanked release can still be "
        "installed by its exact version, and a file that was deleted can never be uploaded again: yank, never "
        "delete. What needs others comes first here, so that nobody is left without what they need."
    )
    yield ""
    if not _is_warehouse(address):
        yield "This index tells nobody how its releases are yanked: the links lead to its own pages of the projects."
        yield ""
    yield from table(("Project", "File", "SHA-256"), _rows(address, standings))
    yield ""
    yield "Then mend it:"
    yield ""
    yield f"- all plugins, with the next patch release of the core: {code(next_patch(plan.version))}"
    for standing in standings:
        name, version = standing.plugin.name, Version(standing.plugin.version)
        if not version.is_devrelease:
            post = str(next_post(version, (version,)))
            yield f"- {markdown(name)} alone: {code(post)}, by {code(hotfix(plan.version, name, address))}"


def _rows(address: Address, standings: list[PluginState]) -> Iterator[tuple[str, str, str]]:
    from commonhold.release.model.journal_events import Uploaded

    for standing in standings:
        name, version = standing.plugin.name, standing.plugin.version
        link = f"[{markdown(name)} {markdown(version)}](<{manage_link(address, name, version)}>)"
        for file in standing.files:
            if isinstance(standing.uploads.get(file.name), Uploaded):
                yield link, code(file.name), code(file.sha256)


def manage_link(address: Address, name: str, version: str) -> str:
    """Where a release is yanked: Warehouse's page for it, or else the project's page on the index."""
    read = urlsplit(address.simple)
    path = f"{read.path}{quote(name)}/"
    if _is_warehouse(address):
        path = f"/manage/project/{quote(name)}/release/{quote(version)}/"
    return urlunsplit((read.scheme, read.netloc.rpartition("@")[2], path, "", ""))


def _is_warehouse(address: Address) -> bool:
    return any(address.upload == find_index(word).upload for word in NAMED_INDEXES)
