"""Generate the reference of the plugin index: its format with examples, and its guarantees."""

# ruff: noqa: E501 - each row of a table is one line
from __future__ import annotations

from commonhold.catalog.documents import (
    CatalogFile,
    CatalogMaintainer,
    CatalogPlugin,
    CatalogReadme,
    CatalogRelease,
    CatalogSeries,
    CatalogTier,
    Compatibility,
    CoreRange,
    DocumentDigest,
    KnownIndex,
    ListedStatus,
    ProvidedObject,
    ReleaseMarks,
    RootDocument,
    SeriesRule,
    StateChange,
    StatusDocument,
    TierDocument,
    encode_document,
)
from generator import NOTE

PAGE = "reference/plugin-index.md"
_AT = "2026-11-30T10:00:00Z"
_SPARK = "flytekitplugins-spark"

HEAD = """\
# Plugin index

The plugin index lists the plugins that users can install, with their files and hashes. It is a set of JSON documents
below a base URL, which any web server can serve. [Publish the plugin index](../how-to/plugin-index.md) shows how a
community makes it.

The *package index*, such as PyPI, is another thing: it has the files. The plugin index refers to them.

| document | content | schema |
|:--|:--|:--|
| `index/v1/index.json` | the community, the core, its series, the tiers, other plugin indexes, and a hash for each document | [root](schemas/plugin-index-root.schema.json) |
| `index/v1/SERIES/TIER.json` | the plugins of a tier for a series of the core, with their releases | [tier](schemas/plugin-index-tier.schema.json) |
| `index/v1/status.json` | everything that changes after a release | [status](schemas/plugin-index-status.schema.json) |
| `index/v1/readmes/SHA256.md`, `.rst`, `.txt` | the readmes that releases name | |
| `index/v1/logos/SHA256.svg` | the logos that plugins name | |

All paths in documents are relative to the base URL. A document is UTF-8, its keys have a fixed order, and equal content
gives equal bytes. Readers ignore unknown keys. A reader that finds another `schema` stops, and asks the user to upgrade.

## Series

A series is a group of core versions with the same documents, by default `{major}.{minor}`.

| version of the core | series |
|:--|:--|
| `1.16.3`, `1.16.3.post1` | `1.16` |
| `1.17.0b1`, `1.17.0rc1` | `1.17`, the series of the coming release |
| `1.18.0.dev3`, `1.16.3+local` | `nightly` |

The documents of a series are created empty, at the first pre-release of the core in the series. A plugin is added when
one of its releases admits a version of the series, and its tests pass with such a version. A release that follows the
core's version is listed even if its tests fail; the status then marks it as failing, and the client asks before it
installs the release.

## Guarantees

- **Documents only grow.** While a series is `open`, a release is never dropped, its requirements and the hashes of its
  files never change, and a plugin keeps its short name. A `closed` series never changes, and is never opened again.
- **`nightly` may be reset.** It lists only the plugins of the newest commit.
- **Versions are never reused.** The same file name never gets another hash.
- **Hashes are those of the release.** `catalog build` compares the files in the release's store with those that the
  package index serves, and stops at any difference.
- **Nothing is half-written.** A failed build leaves every document as it was.
- **A community lists open-source plugins only.** The licence is an SPDX expression of licences that the Open Source
  Initiative or the Free Software Foundation accepts. Third-party plugin indexes may contain any licence.
- **A document does not become much smaller.** A version in which the status of more than 5 % of the plugins is missing
  is rejected; the key [`shrink`](configuration.md#catalog-shrink) sets another percentage.

`catalog build`, `catalog status` and `catalog nightly` enforce these rules before they write, and `commonhold catalog
diff OLD NEW` lists each violation. The client applies the same rules on `update`, and keeps its old copy if one is broken.

## What readers reject

A document with any of the following is rejected as a whole: more than 64 MiB, more than 20 levels, a key that appears
twice in an object, a value of a wrong type, control characters or invisible characters that reorder text, a name that
is not normalized (PEP 503), a version that is not (PEP 440), two spellings of one version, a SHA-256 in another form, a
wheel whose name belongs to another distribution or version, a requirement with a URL, a plugin with the name of the
core, and a short name that is the name of another plugin. URLs are `https`, or `http` to the same machine, without
credentials and without a fragment; a `file:` URL is allowed only in a plugin index that was added as a local folder.
"""

ROOT = """
## index/v1/index.json

| key | meaning |
|:--|:--|
| `core` | the core's distribution, and the template of a series' name |
| `series` | the series with their states: `open`, `closed` or `nightly` |
| `tiers` | the tiers; users see those with `default` without enabling them, and `notice` when they enable another one |
| `indexes` | third-party plugin indexes that the community knows |
| `documents` | SHA-256 and size of every other document |
"""

TIER = """
## index/v1/SERIES/TIER.json

| key | meaning |
|:--|:--|
| `short` | the name in commands, such as `spark` |
| `page` | the path of the plugin's page |
| `licence` | an SPDX expression, or `null` |
| `quick_start`, `notes` | code to try first, and a text, or `null` |
| `provides` | the plugin's entry points (`kind` is their group) and public classes (`kind` is `class`), read without running code |
| `releases` | the releases, the newest first |
| `core` | the range of core versions that a release requires, or `null` if it does not require the core |
| `requires`, `requires_python` | the requirements of the wheel |
| `import_names`, `import_namespaces` | the modules that the wheel installs (PEP 794) |
| `files` | the files with URL, size and SHA-256; `provenance` is the URL of the attestations (PEP 740), or `null` |
| `git` | for a nightly release: `git+https://...@COMMIT#subdirectory=...`; such a release has no files |
"""

STATUS = """
## index/v1/status.json

The status applies to the plugins of every series, so that users of an old core see it too. A plugin without an entry
is active, and nothing else is known about it.

| key | meaning |
|:--|:--|
| `state`, `since`, `reason` | `active`, `noticed`, `orphaned`, `retired` or `quarantined`, with its first day; `quarantined` comes from the package index (PEP 792), and the other states from [`governance.toml`](governance-files.md#governancetoml) |
| `needs_maintainer` | whether the plugin looks for a maintainer |
| `replacement`, `moved_to` | the plugin that replaces this one; the client follows `moved_to` only after the user confirms |
| `releases` | by version, the reasons why a release is `yanked`, `failing` or `unlisted` |
| `compatibility` | the newest test results, for at most three versions of the core in each series |
| `history` | all states, the oldest first; entries are only added |
"""

_ROOT = RootDocument(
    community="Flyte plugins",
    generated=_AT,
    core=SeriesRule(distribution="flytekit"),
    series=[
        CatalogSeries(name="1.15", state="closed"),
        CatalogSeries(name="1.16", state="open"),
        CatalogSeries(name="nightly", state="nightly"),
    ],
    tiers=[
        CatalogTier(name="official", default=True),
        CatalogTier(name="community", default=False, notice="Community plugins are maintained by their authors."),
    ],
    indexes=[KnownIndex(name="acme", url="https://acme.example/plugins/", summary="Plugins of Acme.")],
    documents={
        "index/v1/1.16/official.json": DocumentDigest(sha256="e3b0c442" * 8, size=2000),
        "index/v1/status.json": DocumentDigest(sha256="98fc1c14" * 8, size=700),
    },
)
_WHEEL = "flytekitplugins_spark-1.16.3-py3-none-any.whl"
_TIER = TierDocument(
    community="Flyte plugins",
    core="flytekit",
    series="1.16",
    tier="official",
    generated=_AT,
    plugins=[
        CatalogPlugin(
            name=_SPARK,
            short="spark",
            summary="Run tasks on Spark.",
            category="Data",
            keywords=["flyte", "spark"],
            maintainers=[CatalogMaintainer(name="The Octocat", login="octocat", contact="mailto:octocat@example.org")],
            source="https://github.com/flyteorg/flytekit/tree/HEAD/plugins/flytekit-spark",
            page=f"plugins/{_SPARK}/",
            licence="Apache-2.0",
            provides=[
                ProvidedObject(
                    kind="class", name="Spark", value="flytekitplugins.spark:Spark", summary="Configures a task."
                )
            ],
            releases=[
                CatalogRelease(
                    version="1.16.3",
                    core=CoreRange(distribution="flytekit", range=">=1.16,<2"),
                    requires_python=">=3.10",
                    requires=["flytekit<2,>=1.16", "pyspark>=3.4"],
                    import_names=["flytekitplugins.spark"],
                    import_namespaces=["flytekitplugins"],
                    released=_AT,
                    commit="4b825dc642cb6eb9a060e54bf8d69288fbee4904",
                    readme=CatalogReadme(
                        path=f"index/v1/readmes/{'9f86d081' * 8}.md",
                        sha256="9f86d081" * 8,
                        size=1500,
                        type="text/markdown",
                    ),
                    files=[CatalogFile(url=f"https://files.example/{_WHEEL}", size=9000, sha256="60303ae2" * 8)],
                )
            ],
        )
    ],
)
_STATUS = StatusDocument(
    generated=_AT,
    plugins={
        _SPARK: ListedStatus(
            state="noticed",
            since="2026-11-01",
            reason="Its tests fail with the coming release of the core.",
            releases={"1.16.2": ReleaseMarks(yanked="yanked on the package index")},
            compatibility=[
                Compatibility(series="1.16", core="1.16.30", version="1.16.3", result="passed", at=_AT),
                Compatibility(series="1.17", core="1.17.0b1", version="1.16.3", result="failed", at=_AT),
            ],
            history=[
                StateChange(
                    state="noticed", since="2026-11-01", reason="Its tests fail with the coming release of the core."
                )
            ],
        )
    },
)


def make() -> dict[str, str]:
    """Generate the page."""
    parts = [NOTE + HEAD]
    for text, document in ((ROOT, _ROOT), (TIER, _TIER), (STATUS, _STATUS)):
        parts.append(f"{text}\n```json\n{encode_document(document).decode()}```\n")
    return {PAGE: "".join(parts)}
