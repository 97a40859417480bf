"""Which versions of its plugins an index had before a release."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from commonhold.index.addresses import find_index
from commonhold.index.client import IndexClient, IndexUnreachableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.release.model.plan import ReleasePlan
    from commonhold.release.model.state import ReleaseState

JOBS = 8
"""How many questions an index is asked at a time."""


def find_served(plan: ReleasePlan, state: ReleaseState) -> tuple[Mapping[str, frozenset[str]], str | None]:
    """The versions of each plugin on the index that the release was directed to, and what was not told, if anything.

    It is the plan's index where nothing was uploaded. A plugin that the index does not tell about has no entry.
    """
    address = state.address or find_index(plan.index, plan.simple)
    with ThreadPoolExecutor(JOBS) as pool:
        answers = pool.map(lambda plugin: _versions(IndexClient(address), plugin.name), plan.plugins)
        found = dict(zip((plugin.name for plugin in plan.plugins), answers, strict=True))
    doubts = [answer.message for answer in found.values() if isinstance(answer, IndexUnreachableError)]
    known = {name: answer for name, answer in found.items() if isinstance(answer, frozenset)}
    return known, doubts[0] if doubts else None


def _versions(registry: IndexClient, name: str) -> frozenset[str] | IndexUnreachableError:
    try:
        files = registry.files(name)
    except IndexUnreachableError as error:
        return error
    return frozenset(file.version for file in files or () if file.version is not None)
