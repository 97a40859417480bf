"""Build small sites for tests, and read their pages."""

from __future__ import annotations

import hashlib
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from commonhold.catalog.catalog_folder import Catalog, write_catalog
from commonhold.catalog.documents import CatalogMaintainer, CatalogReadme, CatalogTier, ProvidedObject, ReadmeType
from commonhold.catalog.site import SiteOptions, build_site
from tests.catalog.catalog_values import catalog, plugin, release, tier_document

if TYPE_CHECKING:
    from pathlib import Path

OCTOCAT = CatalogMaintainer(name="The Octocat", login="octocat", company="GitHub", contact="mailto:octocat@example.com")
SPARK = "flytekitplugins-spark"
VAEX = "flytekitplugins-contrib-vaex"
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z" fill="#e25a1c"/></svg>'
README = "# spark\n\nRun [Spark](https://spark.apache.org) jobs.\n\n## Use\n\n```python\nimport spark\n```\n"


def with_readme(text: str, kind: ReadmeType = "text/markdown", **fields: Any) -> tuple[CatalogReadme, bytes]:
    """A readme of a release, and its content."""
    data = text.encode()
    digest = hashlib.sha256(data).hexdigest()
    end = {"text/markdown": "md", "text/x-rst": "rst", "text/plain": "txt"}[kind]
    path = f"index/v1/readmes/{digest}.{end}"
    return CatalogReadme(path=path, sha256=digest, size=len(data), type=kind, **fields), data


def two_plugins(*, readme: str = README, logo: bytes = LOGO, **status: Any) -> Catalog:
    """A catalogue with an official and a community plugin; ``status`` are the statuses by the last word of a name."""
    described, data = with_readme(readme)
    logo_path = f"index/v1/logos/{hashlib.sha256(logo).hexdigest()}.svg"
    spark = plugin(
        SPARK,
        summary="Run Spark jobs as tasks.",
        category="Compute",
        keywords=["cluster"],
        logo=logo_path,
        documentation="https://docs.example/spark",
        source="https://git.example/octo/plugins/tree/main/spark",
        issues="https://git.example/octo/plugins/issues",
        licence="Apache-2.0",
        provides=[ProvidedObject(kind="class", name="Spark", value="flytekitplugins.spark:Spark")],
        releases=[release("1.16.1", readme=described, requires_python=">=3.11"), release("1.16.0")],
    )
    vaex = plugin(VAEX, short="vaex", summary="Pass Vaex data frames.", category="Data types", maintainers=[OCTOCAT])
    tiers = [
        CatalogTier(name="official", default=True),
        CatalogTier(name="community", default=False, notice="Their authors maintain community plugins."),
    ]
    names = {"spark": SPARK, "vaex": VAEX}
    made = catalog(
        tier_document(spark),
        tier_document(vaex, tier="community"),
        **{names[name]: each for name, each in status.items()},
    )
    return Catalog(
        root=type(made.root)(
            **{**{name: getattr(made.root, name) for name in made.root.__struct_fields__}, "tiers": tiers}
        ),
        status=made.status,
        tiers=made.tiers,
        assets={described.path: data, logo_path: logo},
    )


def build(folder: Path, made: Catalog, options: SiteOptions | None = None) -> Path:
    """Write a catalogue and its site, and return the site's folder."""
    write_catalog(str(folder / "documents"), made)
    build_site(str(folder / "documents"), str(folder / "site"), options)
    return folder / "site"


class PageReader(HTMLParser):
    """The links, the elements and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = self.words = ""
        self.feed(text)
        self.close()
        self.words = " ".join(self.words.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data
        self.words += f" {data}"

    @property
    def ids(self) -> list[str]:
        return [values["id"] for _, values in self.elements if "id" in values]

    def values(self, tag: str, name: str) -> list[str]:
        return [values[name] for each, values in self.elements if each == tag and name in values]


def read_page(site: Path, path: str = "") -> PageReader:
    """Read a page; a path that ends with a slash is a folder."""
    return PageReader((site / (f"{path}index.html" if not path or path.endswith("/") else path)).read_text("utf-8"))


def local_target(site: Path, page: str, address: str) -> tuple[Path, str] | None:
    """The file and the fragment to which a relative address on a page leads; ``None`` for another host."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    assert not parts.path.startswith("/"), f"{address} on {page} is not relative"
    file = (site / page).parent / unquote(parts.path) if parts.path else site / page
    return (file / "index.html" if file.is_dir() else file), parts.fragment
