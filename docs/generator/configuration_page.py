"""Generate the reference page of the configuration.

The keys come from the decoder, the defaults from the value types, and the descriptions from this module. A key without
a description, or a description without a key, is an error.
"""

# ruff: noqa: E501 - each description is one line
from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from commonhold.checks.settings import SETTINGS, CheckSettings
from commonhold.governance.approvals.gate_config import FIELDS
from commonhold.governance.approvals.gate_settings import GateSettings
from commonhold.workspace.config import Config, CoreConfig, PluginConfig, ReleaseConfig, SharedRule, Testing, Tier
from commonhold.workspace.config.catalog_table import CatalogConfig
from commonhold.workspace.config.decode import _ROOT, _Decoder
from commonhold.workspace.config.reader import Reader
from commonhold.workspace.patterns import Patterns
from generator import NOTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PAGE = "reference/configuration.md"

HEAD = """\
# Configuration

The configuration is the table `[tool.commonhold]`. It is in the `pyproject.toml` at the repository's root, in
`commonhold.toml` next to it, or in the file given with `--config`. If `pyproject.toml` and `commonhold.toml` both
contain the table, every command stops with exit code 2. The table is read strictly: every mistake is reported with its
key and, if a known word is similar, with a suggestion. The smallest configuration has one tier:

```toml
[tool.commonhold.tiers.plugins]
path = ["plugins/*"]
```

**Patterns** use the syntax of git's `:(glob)`: `*` and `?` do not match a slash, `**/` matches any number of folders,
and `/**` matches everything below a folder. A pattern without wildcards matches a file, or a folder and its contents.
A tier's pattern matches folders; such a folder is a plugin if it contains a project file (`pyproject.toml`,
`setup.cfg` or `setup.py`). It is an error if a folder matches two tiers or if two plugins have the same name. A tier's
pattern that matches no plugin is a warning in every command; it is an error if the change that is tested adds or edits
that pattern. A pattern of `ignore` or of a shared rule that matches no file is a warning.

Patterns in the syntax of other tools are refused, each with the right spelling: `!docs/x`, `docs**`, `{a,b}`, `./x`,
`a//b`, `@(a|b)`, a space at an end, and a bracket that is not closed. A backslash before a character makes it
literal.

If you run commonhold in a folder below the repository's root (`-C packages/python`), the nearest folder whose
`pyproject.toml` or `commonhold.toml` configures tiers is the **workspace**: its folder is the root of all patterns. With `--config`, or
if no configuration is found, it is the folder given with `-C`. In `core`, `ignore`, `reads` and `shared`, a pattern of paths outside the
workspace starts with `/` (the repository's root) or `../`. Changed paths outside that nothing in the workspace names
are [left out](../how-to/your-monorepo.md#my-plugins-are-in-a-folder-of-a-larger-repository).

**Durations** are written `"30m"` or `"1h30m"`, at most `"6h"`. **Python versions** are quoted: `"3.10"`.
"""

CHECK_HEAD = """\
## `[tool.commonhold.check]` { #check }

The settings of [`commonhold check`](../how-to/check.md). You can set the keys at the root and, in
`[tool.commonhold.tiers.NAME.check]`, for a tier; the tier's value replaces the root's, and severities are merged. A
plugin's own `pyproject.toml` may contain the same table, but a value in it can only make the plugin's checks stricter:
a profile is added, a severity is raised, lists become shorter. A weaker value has no effect, and is a violation of
[CH009](rules.md#ch009).
"""

APPROVALS_HEAD = """\
## `[tool.commonhold.approvals]` { #approvals }

The settings of the approval gate, `commonhold approvals`. The gate reads them at the tip of the pull request's base
branch. Only the root's configuration contains them.
"""

CATALOG_HEAD = """\
## `[tool.commonhold.catalog]` { #catalog }

The settings of the [plugin index](plugin-index.md), `commonhold catalog`. Only the root's configuration contains them.
"""

TESTING_HEAD = """\
## How a plugin is tested

You can set these keys for a tier, for one plugin in `[tool.commonhold.plugins.NAME]`, and in the plugin's own
`pyproject.toml` under `[tool.commonhold]`. The root's settings for one plugin override the plugin's own settings, and
these override the tier's. `env` is merged key by key.

Every session has its own copy of the repository and its own virtual environment. By default, a session installs:

- the plugin with its test extras and dependency groups (`test`, `tests`, `testing`, `dev`) and its requirements files
  for tests,
- the plugins of the repository that it depends on, and
- the core: from the package index as pinned, or from the repository.

The copy contains only what the dependency graph requires: the plugin, the plugins that it and its tests depend on, the
plugins that the core requires, and all files outside plugins. If a session fails and its log mentions the folder of
another plugin, the log ends with the reason: `plugins/b is not in this session's copy because acme-a declares no
dependency on it`.

Commands, `install` and `env` can contain these placeholders:

| placeholder | value |
|:--|:--|
| `{python}` | the Python version, such as `3.12` |
| `{python-nodot}` | the same without the dot, such as `312` |
| `{name}` | the name of the plugin's distribution |
| `{root}` | the session's copy of the repository, or of the workspace in it |
| `{path}` | the plugin's folder, relative to `{root}` |
| `{junit}` | the path from which a JUnit report is collected |
| `{posargs}` | in commands only: the arguments after `--`, quoted inside a longer word such as the script of `sh -c` |

Other braces are left unchanged. Commands are split into words like in a POSIX shell, but run without a shell. The
commands and the installer run in the plugin's folder.
"""

OWN_HEAD = """\
## In a plugin's own `pyproject.toml`

```toml
[tool.commonhold]
test = ["pytest -n auto {posargs}"]
env = { PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION = "python" }
```

A plugin's own table can contain the keys of [the previous section](#how-a-plugin-is-tested), `maintainers`, `check`
and `template`. Policies (`on-*`, `release`, `version`,
`mentions`, `undeclared`) belong to the repository's root and are rejected here. A mistake in this table is an error, as in the root's table.

The authors' settings can add plugins to a selection, but never remove any:

- The plugin's `reads` are added to those of the root and of its tier. A path that only plugins' own `reads` match still
  affects every plugin until a `shared` rule of the root covers it.
- `tests` cannot hide files that the plugin ships: files that its build settings or entry points name, the project
  files, and files next to the sources. If the build settings do not list the packages, every importable package is
  shipped: the folder `src`, the folders that contain an `__init__.py`, and modules in the plugin's folder. If the
  build runs code of the plugin (a `setup.py` that does more than call `setup()` with literals, a hook or a command),
  finds packages in every folder, or uses a backend that commonhold does not know, `tests` only selects among the files
  that the root's `tests` match. What a shipped symbolic link leads to is shipped too.
- `os` must match `runners` in the root's configuration.
"""


class Key(NamedTuple):
    """The type of a key's value, and the key's meaning."""

    type: str
    meaning: str


PATTERNS = "array of patterns"
RESPONSE = '`"test"`, `"advisory"` or `"skip"`'

KEYS: dict[str, dict[str, Key]] = {
    "tool.commonhold": {
        "core": Key("table", "the project that the plugins extend, [below](#core); leave it out if there is none"),
        "check": Key("table", "settings of `commonhold check`, [below](#check)"),
        "approvals": Key("table", "settings of `commonhold approvals`, [below](#approvals)"),
        "catalog": Key("table", "settings of `commonhold catalog`, [below](#catalog)"),
        "default-branch": Key("string", "the branch to compare with if `origin/HEAD` is not set"),
        "python": Key(
            "array of Python versions", "the Python versions to test on; each plugin uses those that it supports"
        ),
        "runners": Key(
            "array of labels with `*`",
            "the runners that plugins may choose with their own `os`; by default, the tier's `os` and GitHub's "
            "`ubuntu-*`, `windows-*` and `macos-*`",
        ),
        "ignore": Key(
            PATTERNS, "files whose changes trigger no tests, except the deletion of a file that metadata names"
        ),
        "tests": Key(
            PATTERNS,
            "test files, relative to a plugin's folder; they are not shipped, and only the plugin's own tests use them",
        ),
        "examples": Key(
            PATTERNS,
            "examples, relative to a plugin's folder, that are not shipped, tested or imported; changes to them trigger no "
            "tests, and their imports are not dependencies; by default, files that metadata ships, test files, and files "
            "of plugins whose examples another plugin imports are not examples",
        ),
        "mentions": Key(
            'table of patterns with `"ignore"`',
            "files whose [mentions](../explanation/how-a-change-spreads.md#mentions) of plugins are ignored, such as "
            '`mentions = { "plugins/*/ci/**" = "ignore" }`; the key of the same name for one plugin ignores the mentions of '
            "that plugin in every file",
        ),
        "tiers": Key("tables", "the tiers of plugins, [below](#tiersname); at least one"),
        "shared": Key("array of tables", "rules for paths outside the plugins, [below](#shared)"),
        "plugins": Key("tables", "settings for one plugin, [below](#pluginsname)"),
        "release": Key("table", "settings for releases, [below](#release)"),
    },
    "core": {
        "distribution": Key(
            "string",
            "the core's name on the package index; a requirement on it is a core dependency, not a dependency on a plugin",
        ),
        "path": Key(PATTERNS, "the core's files, if the core is in the repository"),
        "pin": Key(
            PATTERNS,
            "files that pin the core's version; `.txt` and `.in` files are passed to the installer as constraints",
        ),
        "not-needs": Key(
            "array of plugin names",
            "plugins that the core imports but works without: it must not require them in its metadata, and each import must "
            "be in a function, below `TYPE_CHECKING`, or in a `try` that catches `ImportError`",
        ),
        "undeclared": Key("array of plugin names", "the key of the same name for one plugin, for imports of the core"),
    },
    "tiers.NAME": {
        "path": Key(PATTERNS, "the folders of the tier's plugins"),
        "exclude": Key(PATTERNS, "folders that match `path` but are not plugins, with everything below them"),
        "distribution": Key("string with `{name}`", "the name of a plugin's distribution"),
        "import": Key("string with `{name}`", "the name of a plugin's module"),
        "on-core-change": Key(RESPONSE, "the response to a change to the core"),
        "on-dependency-change": Key(
            RESPONSE, "the response to a change to a plugin that this one depends on, or to a package in its lock"
        ),
        "on-shared-change": Key(RESPONSE, "the response to a change to a shared path that affects every plugin"),
        "check": Key("table", "settings of `commonhold check` for the plugins of the tier, [below](#check)"),
        "on-release-failure": Key(
            '`"stop"` or `"hold-back"`',
            "if a plugin cannot be released: stop the whole release, or hold back the plugin and the plugins that "
            "need its new version",
        ),
        "approvals": Key(
            '`"maintainers"` or `"core"`',
            "who approves a change to a plugin before a core maintainer's binding approval: one of the plugin's maintainers "
            "(the default), or nobody",
        ),
        "undeclared": Key("array of plugin names", "the key of the same name for every plugin of the tier"),
    },
    "shared": {
        "path": Key(PATTERNS, "the paths of the rule; the first rule that matches a path wins"),
        "affects": Key(
            '`"all"`, `"none"`, or array of names',
            "the plugins affected by a change; named plugins and tiers count as changed, so their dependents are "
            "affected too",
        ),
        "keys": Key("array of strings", "for a TOML file: the rule matches only if nothing outside these keys changed"),
    },
    "plugins.NAME": {
        "release": Key(
            "boolean", "whether the plugin is uploaded; a plugin with a `Private ::` classifier is never uploaded"
        ),
        "version": Key(
            '`"core"`, `"own"` or `"series"`',
            "the released version: the core's, or the plugin's own if that is not released yet; with `series`, the "
            "plugin's major and minor numbers must be the core's",
        ),
        "mentions": Key(
            '`"test"` or `"ignore"`',
            "whether plugins whose files [mention](../explanation/how-a-change-spreads.md#mentions) this plugin are tested "
            "when it changes",
        ),
        "generated": Key(
            PATTERNS,
            "files that the plugin's build generates, relative to its folder; `release inspect` does not report that "
            "they are not in the commit",
        ),
        "undeclared": Key(
            "array of plugin names",
            "plugins that this plugin may import without declaring the dependency: the text output does not warn about "
            "these imports, but they are still dependencies",
        ),
    },
    "release": {
        "tag": Key(
            "array of strings with `{version}`",
            "the format of release tags; the first one that exists is used. A format with `{name}` or `{folder}` "
            "(the distribution, or the last part of the folder's path) is for the tags of one plugin; without such a "
            "format, these tags are `NAME/` and the first format",
        ),
        "pins": Key(
            '`"~="`, `"=="` or `"as-written"`',
            'how requirements between plugins are written in a release; by default `"~="`, and `"as-written"` for '
            'requirements on a plugin with `version = "own"`; requirements on the core are not changed',
        ),
        "owners": Key(
            "array of strings",
            "users and organizations on the package index; a project that none of them owns is not released",
        ),
        "floor": Key("string", "`release plan --next` considers only core releases after this one"),
        "generated": Key(PATTERNS, "the setting of the same name for every plugin"),
    },
    "check": {
        "profile": Key(
            "string or array of strings",
            "the founding documents whose rules apply in addition to the general rules: `flyte`, `pallets`, `pytorch`, "
            "`tutor` or `arcaflow`",
        ),
        "severity": Key(
            'table of codes with `"error"`, `"warning"` or `"off"`',
            'the severity of single rules, such as `severity = { CH101 = "warning" }`; a severity also enables a rule '
            "that no profile enables",
        ),
        "hosts": Key(
            "array of distributions",
            "the projects of which each plugin extends at least one, instead of the core",
        ),
        "image": Key("boolean", "whether each plugin has a Dockerfile"),
        "licences": Key("array of SPDX identifiers", "the licences that a plugin may have"),
        "maintainers": Key("integer", "how many maintainers a plugin has at least"),
        "team": Key(
            "array of accounts, teams or addresses",
            'the core team, such as `["@acme/core"]`, in addition to `core` in `governance/people.toml`; only in the '
            "root's table",
        ),
    },
    "approvals": {
        "mode": Key(
            '`"shadow"` or `"required"`',
            'whether the gate only reports its decision (`"shadow"`), or also posts the status that a ruleset requires',
        ),
        "ordered": Key("boolean", "whether a core approval counts only after the plugin's side is met"),
        "same-diff": Key(
            "boolean",
            "whether an approval of an earlier commit still counts if that commit changes the same files to the same "
            "content",
        ),
        "account": Key(
            "integer",
            "the numeric id of the account that posts the gate's comments; without it, the account of GitHub Actions",
        ),
    },
    "catalog": {
        "url": Key(
            "URL",
            "the base URL of the plugin index and of its pages; by default `https://OWNER.github.io/REPO/`, from the remote "
            "`origin`",
        ),
        "community": Key("string", "the title of the plugin index; by default the name of the repository"),
        "series": Key(
            '`"{major}.{minor}"` or `"{major}"`',
            "the series of a version of the core; each series has its own documents",
        ),
        "closed": Key(
            "array of series",
            'series whose documents never change again, such as `["1.14", "1.15"]`; a closed series is never opened again',
        ),
        "default": Key(
            "array of tiers",
            "the tiers whose plugins users find without enabling a tier; by default the first tier of the configuration",
        ),
        "notices": Key(
            "table of strings",
            'the text that users see when they enable another tier, such as `notices = { community = "..." }`',
        ),
        "shrink": Key(
            "integer",
            "the percentage of entries that a document may lose before `catalog build` rejects the new version",
        ),
        "categories": Key(
            "table of arrays of plugin names",
            'the plugins of each category, such as `categories = { Data = ["acme-spark"] }`',
        ),
        "indexes": Key(
            "table of tables",
            "third-party plugin indexes that users can enable by name, each with its base URL and a sentence, such as "
            '`indexes.acme = { url = "https://acme.example/plugins/", summary = "Plugins of Acme." }`',
        ),
        "moved": Key(
            "table of tables",
            "plugins that others replace, for example because a fork took over, each with the other plugin as users name "
            'it, and with the reason, such as `moved.acme-spark = { to = "other/spark", reason = "A fork took over." }`; '
            "`plugins upgrade` follows it only after the user confirms",
        ),
    },
    "testing": {
        "test": Key(
            "array of commands",
            "commands that run in the plugin's folder, in order, until one fails; with `[]`, the plugin is only installed",
        ),
        "before": Key("array of commands", "commands that run after the installation and before `test`"),
        "install": Key(
            "array of arguments",
            "the installer's arguments, instead of the default described above; "
            "`{usual}` stands for the default, and `[]` installs nothing",
        ),
        "env": Key("table of strings", "variables for the installation and the commands"),
        "constraints": Key(
            "array of requirements", 'additional version constraints for the installation, such as `["numpy<2"]`'
        ),
        "resolution": Key(
            '`"highest"`, `"lowest"` or `"lowest-direct"`',
            "the versions to install; `lowest` and `lowest-direct` need uv",
        ),
        "os": Key(
            "array of labels", "the runners that the jobs run on; a plugin's own must be in the root's `runners`"
        ),
        "timeout": Key("duration", "the time limit of a session"),
        "python": Key("array of Python versions", "the Python versions to test on, instead of the repository's"),
        "tests": Key(
            PATTERNS,
            "the plugin's test files, relative to its folder, instead of the repository's `tests`; files that metadata "
            "ships are not tests",
        ),
        "reads": Key(
            PATTERNS,
            "other paths of the repository that the plugin's tests read; a change to one counts as a change to the plugin; "
            "in a tier, `{folder}` is the name of each plugin's folder, and `{name}` is its distribution, or the part of "
            "it that `{name}` stands for in the tier's `distribution`; "
            "a plugin's own are added to those of the root's configuration",
        ),
    },
}

DEFAULTS: dict[str, Any] = {
    "tool.commonhold": Config(),
    "core": CoreConfig(),
    "tiers.NAME": Tier("", Patterns(())),
    "shared": SharedRule(Patterns(()), "all"),
    "plugins.NAME": PluginConfig(),
    "release": ReleaseConfig(),
    "testing": Testing(),
    "check": CheckSettings(),
    "approvals": GateSettings(),
    "catalog": CatalogConfig(),
}
REQUIRED = {("tiers.NAME", "path"), ("shared", "path"), ("shared", "affects"), ("tool.commonhold", "tiers")}
FALLBACKS = {
    "test": '`["pytest {posargs}"]`',
    "timeout": '`"30m"`',
    "os": '`["ubuntu-latest"]`',
    "resolution": '`"highest"`',
}
"""Defaults for keys that no source sets. The code that uses a value defines them, not the value types."""


class _Recorder(Reader):
    """Records the keys that the decoder allows in each table."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[str, set[str]] = {}

    def table(self, value: Any, key: str, readers: Mapping[str, Callable[[Any, str], object]]) -> dict[str, Any]:
        self.keys[key] = set(readers)
        return super().table(value, key, readers)


def allowed() -> dict[str, set[str]]:
    """The keys that the decoder allows, by table."""
    recorder = _Recorder()
    sample: dict[str, Any] = {"core": {}, "tiers": {"x": {}}, "shared": [{}], "plugins": {"x": {}}, "release": {}}
    sample["catalog"] = {}
    decoder = _Decoder(recorder)
    decoder.config(sample)
    decoder.testing({}, "testing", {})
    keys = recorder.keys
    testing = keys["testing"]
    return {
        "tool.commonhold": keys[_ROOT],
        "core": keys[f"{_ROOT}.core"],
        "tiers.NAME": keys[f"{_ROOT}.tiers.x"] - testing,
        "shared": keys[f"{_ROOT}.shared[0]"],
        "plugins.NAME": keys[f"{_ROOT}.plugins.x"] - testing,
        "release": keys[f"{_ROOT}.release"],
        "testing": testing,
        "check": {*SETTINGS},
        "approvals": {*FIELDS},
        "catalog": keys[f"{_ROOT}.catalog"],
    }


def make() -> dict[str, str]:
    """Generate the page."""
    described = {table: set(keys) for table, keys in KEYS.items()}
    if described != allowed():
        raise SystemExit(f"configuration_page.py does not describe the keys that the decoder reads:\n{allowed()}")
    lines = [NOTE + HEAD, *_table("tool.commonhold", "## `[tool.commonhold]`")]
    for table in ("core", "tiers.NAME", "shared", "plugins.NAME"):
        brackets = f"[[tool.commonhold.{table}]]" if table == "shared" else f"[tool.commonhold.{table}]"
        lines += _table(table, f"## `{brackets}` {{ #{_anchor(table)} }}")
    lines += [TESTING_HEAD, *_entries("testing"), OWN_HEAD]
    lines += [CHECK_HEAD, *_entries("check")]
    lines += [APPROVALS_HEAD, *_entries("approvals")]
    lines += _table("release", "## `[tool.commonhold.release]` { #release }")
    lines += [CATALOG_HEAD, *_entries("catalog")]
    return {PAGE: "\n".join(lines)}


def _table(name: str, heading: str) -> Iterator[str]:
    yield f"{heading}\n"
    yield from _entries(name)


def _entries(name: str) -> Iterator[str]:
    """An entry for each key, with its own heading and anchor: tables of long sentences overflow small screens."""
    for key, (type_, meaning) in KEYS[name].items():
        default = _default(name, key)
        value = {"": "", "required": ", required"}.get(default, f", default {default}")
        yield f"### `{key}` {{ #{_anchor(name)}-{key} }}\n\n*{type_[0].upper()}{type_[1:]}{value}*\n"
        yield f"{meaning[0].upper()}{meaning[1:]}.\n"


def _anchor(table: str) -> str:
    return "root" if table == "tool.commonhold" else table.lower().replace(".", "")


def _default(table: str, key: str) -> str:
    if (table, key) in REQUIRED:
        return "required"
    if table == "testing":
        return FALLBACKS.get(key, "")
    field = FIELDS[key] if table == "approvals" else {"import": "import_"}.get(key, key.replace("-", "_"))
    return _toml(getattr(DEFAULTS[table], field))


def _toml(value: Any) -> str:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, Patterns):
        value = value.sources
    if value in (None, (), {}) or isinstance(value, (CoreConfig, ReleaseConfig)):
        return ""
    return f"`{json.dumps(value, ensure_ascii=False)}`"
