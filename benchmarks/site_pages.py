"""Measure `commonhold catalog site`: `python -m benchmarks.site_pages`.

The time for each plugin may not grow with the number of plugins, and a second run without changes may take half as long
as the first. Each plugin has a readme of a usual length, with code, and three releases in each of two series.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.ours import script
from commonhold.catalog.catalog_folder import Catalog, write_catalog
from commonhold.catalog.documents import (
    CatalogFile,
    CatalogPlugin,
    CatalogReadme,
    CatalogRelease,
    CatalogSeries,
    CatalogTier,
    CoreRange,
    RootDocument,
    SeriesRule,
    StatusDocument,
    TierDocument,
)

MOST_GROWTH = 1.3
MOST_AGAIN = 0.5
SIZES = (250, 1000)
ROUNDS = 3
AT = "2026-11-30T10:00:00Z"
PARAGRAPH = "It runs a task on a cluster, and waits until it [ends](https://example.com), with `retries` if needed.\n\n"
CODE = (
    "```python\nfrom flytekit import task\n\n\n@task\ndef run(number: int = 3) -> str:\n    return f'{number}'\n```\n\n"
)
TABLE = "| option | default |\n|:--|:--|\n| memory | 2Gi |\n| workers | 3 |\n\n"


def write_documents(folder: str, size: int) -> None:
    """Write a plugin index with many plugins."""
    assets: dict[str, bytes] = {}
    tiers = {}
    for series in ("1.15", "1.16"):
        plugins = [make_plugin(f"acme-{number}", series, assets) for number in range(size)]
        tiers[series, "official"] = TierDocument(
            community="Acme", core="acme", series=series, tier="official", generated=AT, plugins=plugins
        )
    root = RootDocument(
        community="Acme",
        generated=AT,
        core=SeriesRule(distribution="acme"),
        series=[CatalogSeries(name="1.15", state="closed"), CatalogSeries(name="1.16", state="open")],
        tiers=[CatalogTier(name="official", default=True)],
        documents={},
    )
    write_catalog(folder, Catalog(root, StatusDocument(generated=AT, plugins={}), tiers, assets))


def make_plugin(name: str, series: str, assets: dict[str, bytes]) -> CatalogPlugin:
    """Make a plugin with three releases, and add its readmes."""
    releases = []
    for number in (3, 2, 1):
        version = f"{series}.{number}"
        text = f"# {name} {version}\n\n{PARAGRAPH * 6}## Use\n\n{CODE * 2}{TABLE}{PARAGRAPH * 6}".encode()
        digest = hashlib.sha256(text).hexdigest()
        path = f"index/v1/readmes/{digest}.md"
        assets[path] = text
        wheel = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
        releases.append(
            CatalogRelease(
                version=version,
                core=CoreRange(distribution="acme", range=">=1.15"),
                requires_python=">=3.10",
                released=AT,
                readme=CatalogReadme(path=path, sha256=digest, size=len(text), type="text/markdown"),
                files=[CatalogFile(url=f"https://files.example/{wheel}", size=9, sha256=digest)],
            )
        )
    page = f"plugins/{name}/"
    return CatalogPlugin(name=name, short=name, summary="It runs tasks.", page=page, releases=releases)


def seconds(documents: str, to: str) -> float:
    """Return the CPU time of making the pages."""
    before = os.times()
    command = (script(), "catalog", "site", documents, "--to", to, "--documents-only")
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> int:
    """Print the times and ratios, and return 1 if a ratio exceeds its limit."""
    each, again = [], 0.0
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            documents = str(Path(folder) / "documents")
            write_documents(documents, size)
            first = min(seconds(documents, str(Path(folder) / str(run))) for run in range(ROUNDS))
            again = min(seconds(documents, str(Path(folder) / "0")) for _ in range(ROUNDS)) / first
            each.append(first / size)
            print(f"{size} plugins: {first:.1f} s of CPU time, and {again:.2f} times as long again without changes")
    growth = each[1] / each[0]
    print(f"{SIZES[1]} plugins take {growth:.2f} times as long for each plugin as {SIZES[0]} (limit: {MOST_GROWTH})")
    print(f"without changes, {SIZES[1]} plugins take {again:.2f} times as long as at first (limit: {MOST_AGAIN:.2f})")
    return int(growth > MOST_GROWTH or again > MOST_AGAIN)


if __name__ == "__main__":
    sys.exit(main())
