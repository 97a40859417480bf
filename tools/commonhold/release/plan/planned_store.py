"""Create the store of a new plan, and find the store of a release that was planned before."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.effects.files import make_ignored_folder
from commonhold.errors import UsageError
from commonhold.projects.names import normalize
from commonhold.release.model.store import PLAN, STORES, make_store, open_store
from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.version import Version

    from commonhold.release.model.plan import ReleasePlan
    from commonhold.release.model.store import Store
    from commonhold.release.plan.release_source import ReleaseSource


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRequest:
    """A request for a release.

    ``version`` is the core's version. ``ref`` is the commit, by default the version's tag if it exists, or ``HEAD``.
    ``only`` are plugins to release alone, with the plugins that were held back because of them. ``index`` is ``pypi``,
    ``testpypi`` or an upload URL, by default the index of the planned release, or else PyPI. ``simple`` is the URL of
    the index's simple API, by default ``simple/`` below the upload URL. ``core_from`` is the index with the already
    published core. With ``finish``, files of this version may already be on the index. ``store`` is the folder of the
    store, by default ``.commonhold/release/VERSION`` in the repository.
    """

    version: Version
    ref: str | None = None
    only: tuple[str, ...] = ()
    index: str | None = None
    simple: str | None = None
    core_from: str | None = None
    finish: bool = False
    store: str | None = None

    @property
    def plugins(self) -> tuple[str, ...]:
        """The normalized names in ``only``."""
        return tuple(map(normalize, self.only))


def make_planned_store(source: ReleaseSource, request: ReleaseRequest, plan: ReleasePlan) -> Store:
    """Create the store of a plan, or open the existing store if its plan is equal. Raises ``UsageError``."""
    if request.store is not None:
        return make_store(request.store, plan)
    make_ignored_folder(os.path.join(source.repository.workspace_root, STORES[0]))
    return make_store(os.path.join(source.stores, _store_name(plan, request.plugins)), plan)


def find_planned_store(source: ReleaseSource, request: ReleaseRequest) -> Store | None:
    """Find the store of a release that was planned before, to resume the release.

    Raises ``UsageError`` if the release in the store is not the requested one.
    """
    store = _find_store(source, request)
    if store is None:
        return None
    if parse_version(store.plan.version) != request.version:
        raise UsageError(
            f"{store.folder} contains the release {store.plan.version}", hint="Choose another folder with --store."
        )
    if request.ref is not None and source.repository.resolve(request.ref) != store.plan.commit:
        raise UsageError(
            f"{store.folder} contains a release of the commit {store.plan.commit}, which is not {request.ref}",
            hint="Omit --ref to resume that release, or choose another folder with --store.",
        )
    return store


def _find_store(source: ReleaseSource, request: ReleaseRequest) -> Store | None:
    if request.store is None and request.only:
        return _find_hotfix(source, request)
    folder = request.store or os.path.join(source.stores, str(request.version))
    return open_store(folder) if os.path.exists(os.path.join(folder, PLAN)) else None


def _find_hotfix(source: ReleaseSource, request: ReleaseRequest) -> Store | None:
    """Find the newest hotfix store with the same plugins, if its commit is the same or its release is not finished.

    A new plan could give the plugins a higher version, because the index may already have files of the first attempt.
    """
    only = request.plugins
    names = sorted(os.listdir(source.stores)) if os.path.isdir(source.stores) else []
    folders = [os.path.join(source.stores, name) for name in names if name.startswith(f"{min(only)}-")]
    stores = [open_store(folder) for folder in folders if os.path.exists(os.path.join(folder, PLAN))]
    ours = [store for store in stores if _is_of(store, only) and store.plan.version == str(request.version)]
    if not ours:
        return None
    commit = source.find_commit(request.version, request.ref).commit
    same = [store for store in ours if store.plan.commit == commit or not _is_over(store)]
    versions = {store.folder: parse_version(store.plan.plugin(only[0]).version) for store in same}
    return max(same, key=lambda store: versions[store.folder] or request.version, default=None)


def _is_of(store: Store, only: tuple[str, ...]) -> bool:
    planned = {plugin.name for plugin in store.plan.plugins}
    return planned.issuperset(only) and os.path.basename(store.folder) == _store_name(store.plan, only)


def _is_over(store: Store) -> bool:
    state = store.state()
    return state.is_verified or state.aborted is not None


def _store_name(plan: ReleasePlan, only: Iterable[str]) -> str:
    """Return the name of a store: the release's version, or for a hotfix, its plugins and their new versions."""
    return "+".join(sorted(f"{name}-{plan.plugin(name).version}" for name in only)) or plan.version
