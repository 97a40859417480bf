"""Who keeps a plugin: as its metadata and its own ``[tool.commonhold]`` say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.release.model.wheel_metadata import read_wheel_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from commonhold.release.model.plan import Artifact
    from commonhold.release.model.store import Store


def maintainers(store: Store, plugin: str, files: Sequence[Artifact], table: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of a plugin's maintainers, each once: of ``[tool.commonhold]``, then of what was built.

    Where nobody is named a maintainer, its authors are. Raises ``StoreError`` when a file is not as it was built.
    """
    said = list(_said(table.get("maintainers")))
    wheel = next((file for file in files if file.name.endswith(".whl")), None)
    metadata = read_wheel_metadata(store.read(plugin, wheel)) if wheel is not None else {}
    kept = _people(metadata.get("maintainer"), metadata.get("maintainer_email"))
    said += kept or ([] if said else _people(metadata.get("author"), metadata.get("author_email")))
    return tuple(dict.fromkeys(said))


def _said(value: object) -> Iterator[str]:
    """Names in ``[tool.commonhold]``, as texts or as tables with a name as PEP 621 has them; else nothing."""
    for item in value if isinstance(value, list) else [value]:
        name = item.get("name") if isinstance(item, dict) else item
        if isinstance(name, str) and name.strip():
            yield name.strip()


def _people(plain: str | None, addressed: str | None) -> list[str]:
    """The people in a field and in its ``-email`` twin, where PEP 621 puts names that have an address.

    Someone with an address alone is left out: addresses are not for notes.
    """
    from email.utils import getaddresses

    names = [*(plain or "").split(","), *(name for name, _ in getaddresses([addressed or ""]))]
    return [name.strip() for name in names if name.strip() and name.strip() != "UNKNOWN"]
