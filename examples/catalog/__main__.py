"""Make the catalogue of flytekit's plugins from their real releases: ``python -m examples.catalog CLONE --to DIR``.

CLONE is a clone of flyteorg/flytekit, which is only read. The releases come from PyPI: one page for each of about 50
projects and, in the first run, about 600 small wheels. DIR then contains the documents; ``--pages`` adds the pages.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from commonhold.catalog.catalog_folder import read_catalog
from commonhold.cli.__main__ import main as run_commonhold

HERE = Path(__file__).parent


def main() -> int:
    """Build, validate and summarize the catalogue; return the exit code of the first command that fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clone", metavar="CLONE")
    parser.add_argument("--to", metavar="DIR", required=True)
    parser.add_argument("--from-index", metavar="URL", default="", help="the simple API of another package index")
    parser.add_argument("--pages", action="store_true", help="also make the pages")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "flytekit.toml")
        rules = HERE.parent.joinpath("flytekit.toml").read_text(encoding="utf-8")
        config.write_text(f"{rules}\n{HERE.joinpath('settings.toml').read_text(encoding='utf-8')}", encoding="utf-8")
        source = ["-C", options.clone, "--config", str(config)]
        commands = [
            [*source, "catalog", "build", f"--from-index={options.from_index}", "--to", options.to],
            ["catalog", "validate", options.to],
        ]
        if options.pages:
            commands.append(["catalog", "site", options.to, "--documents-only", "--to", options.to])
        for command in commands:
            if code := run_commonhold(command):
                return code
    print_summary(options.to)
    return 0


def print_summary(folder: str) -> None:
    """Print what the catalogue lacks: plugins without a category, a summary, a readme, a quick start or classes."""
    catalog = read_catalog(folder)
    newest = next(series.name for series in reversed(catalog.root.series) if series.state == "open")
    missing: Counter[str] = Counter()
    plugins = [plugin for (series, _), each in catalog.tiers.items() if series == newest for plugin in each.plugins]
    for plugin in plugins:
        lacks = {
            "category": plugin.category, "summary": plugin.summary, "readme": plugin.releases[0].readme,
            "quick start": plugin.quick_start, "entry points and classes": plugin.provides,
        }  # fmt: skip
        missing.update(name for name, value in lacks.items() if not value)
    print(f"{len(plugins)} plugins admit the series {newest}")
    for name, count in missing.most_common():
        print(f"  {count} without {name}")


if __name__ == "__main__":
    raise SystemExit(main())
