"""Make plugin indexes: the documents that clients read, in a folder that a server or a client can use."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

DAY = "2026-11-30T10:00:00Z"
SHA = "0" * 64


def release_entry(version: str, **more: Any) -> dict[str, Any]:
    """A release with one wheel, which fits every core and Python unless ``more`` says otherwise."""
    file = {"url": f"https://files.example/NAME-{version}-py3-none-any.whl", "size": 1000, "sha256": SHA}
    return {"version": version, "core": None, "requires_python": None, "released": DAY, "files": [file], **more}


def needs_core(range_: str, distribution: str = "acme-core") -> dict[str, str]:
    return {"distribution": distribution, "range": range_}


def plugin_entry(name: str, *releases: dict[str, Any] | str, **more: Any) -> dict[str, Any]:
    """A plugin; ``releases`` are the newest first. The short name is that without the prefix."""
    entries = [release_entry(each) if isinstance(each, str) else each for each in releases]
    for entry in entries:
        for file in entry.get("files", ()):
            if isinstance(file["url"], str):
                file["url"] = file["url"].replace("NAME", name.replace("-", "_"))
    short = name.removeprefix("acme-").removeprefix("contrib-")
    return {"name": name, "short": short, "summary": f"Reads {short} data.", "releases": entries, **more}


@dataclass
class PluginIndex:
    """A plugin index in a folder. Change its fields, then call :meth:`write`."""

    folder: Path
    core: str = "acme-core"
    series: dict[str, str] = field(default_factory=lambda: {"1.16": "open"})
    tiers: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"name": "official", "default": True},
            {"name": "community", "notice": "Community plugins are maintained by their authors."},
        ]
    )
    plugins: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    """The plugins by series and tier."""
    statuses: dict[str, Any] = field(default_factory=dict)
    indexes: list[dict[str, Any]] = field(default_factory=list)
    generated: str = DAY
    raw: dict[str, bytes] = field(default_factory=dict)
    """Documents that replace the generated ones, by path."""

    def write(self) -> PluginIndex:
        """Write every document, and the hashes of all into ``index.json``."""
        paths = {"index/v1/status.json": self._document(plugins=self.statuses)}
        for series in self.series:
            for tier in self.tiers:
                plugins = self.plugins.get((series, tier["name"]), [])
                document = self._document(core=self.core, series=series, tier=tier["name"], plugins=plugins)
                paths[f"index/v1/{series}/{tier['name']}.json"] = document
        paths |= self.raw
        hashes = {path: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for path, data in paths.items()}
        paths["index/v1/index.json"] = self._document(
            core={"distribution": self.core, "series": "{major}.{minor}"},
            series=[{"name": name, "state": state} for name, state in self.series.items()],
            tiers=self.tiers,
            indexes=self.indexes,
            documents=hashes,
        )
        for path, data in paths.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        return self

    def _document(self, **keys: Any) -> bytes:
        document = {"schema": 1, "community": "Acme plugins", "generated": self.generated, **keys}
        return json.dumps(document, indent=1).encode()

    def read(self, path: str) -> bytes:
        return (self.folder / "index/v1" / path).read_bytes()
