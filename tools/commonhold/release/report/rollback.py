"""Write the rollback sheet, which lists the page for yanking each plugin, and the version for each plugin's fix.

Indexes do not have an API for yanking, so releases must be yanked in a browser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from packaging.version import Version

from commonhold.index.addresses import NAMED_INDEXES, find_index
from commonhold.release.report.overview import hotfix_command
from commonhold.text import code, markdown, table
from commonhold.versions import next_post

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.index.addresses import Address
    from commonhold.release.model.plan import ReleasePlan
    from commonhold.release.model.plugin_state import PluginState
    from commonhold.release.model.state import ReleaseState


def rollback_sheet(plan: ReleasePlan, state: ReleaseState) -> str:
    """Write instructions for yanking a release, as Markdown. Raises ``UsageError`` if an index address is invalid."""
    return "\n".join(_lines(plan, state)) + "\n"


def next_patch(version: str) -> str:
    """Return the version for a fix of a release: the next version of the same kind, or the next micro version.

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
    uploaded = [each for each in reversed([*state.plugins.values()]) if each.any_uploaded]
    yield f"# Roll back {markdown(plan.version)}"
    yield ""
    if not uploaded:
        yield "No file of this release is on the index, so there is nothing to yank."
        return
    yield (
        "Yanking has no API: an owner of each project must do it in a browser. A yanked release can still be "
        "installed by its exact version. Yank, but never delete: a deleted file cannot be uploaded again. Dependents "
        "are listed before their dependencies, so that no installable plugin lacks a dependency in between."
    )
    yield ""
    if not _is_warehouse(address):
        yield "The yanking page of this index is not known, so the links lead to the pages of the projects."
        yield ""
    yield from table(("Project", "File", "SHA-256"), _rows(address, uploaded))
    yield ""
    yield "Then release a fix:"
    yield ""
    yield f"- every plugin, with the next patch release of the core: {code(next_patch(plan.version))}"
    for each in uploaded:
        name, version = each.name, Version(each.plugin.version)
        # A development release cannot have a post-release, so it has no hotfix.
        if not version.is_devrelease:
            post = str(next_post(version, (version,)))
            yield f"- {markdown(name)} alone: {code(post)}, with {code(hotfix_command(plan.version, name, address))}"


def _rows(address: Address, uploaded: list[PluginState]) -> Iterator[tuple[str, str, str]]:
    from commonhold.release.model.journal_events import Uploaded

    for each in uploaded:
        name, version = each.name, each.plugin.version
        link = f"[{markdown(name)} {markdown(version)}](<{manage_link(address, name, version)}>)"
        for file in each.files:
            if isinstance(each.uploads.get(file.name), Uploaded):
                yield link, code(file.name), code(file.sha256)


def manage_link(address: Address, name: str, version: str) -> str:
    """Return the page for yanking a release: Warehouse's management page, or the project's page on another index."""
    read = urlsplit(address.simple)
    path = f"{read.path}{quote(name)}/"
    if _is_warehouse(address):
        path = f"/manage/project/{quote(name)}/release/{quote(version)}/"
    return urlunsplit((read.scheme, read.netloc.rpartition("@")[2], path, "", ""))


def _is_warehouse(address: Address) -> bool:
    return any(address.upload == find_index(word).upload for word in NAMED_INDEXES)
