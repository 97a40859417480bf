"""The configuration's reference: the keys are the decoder's, the defaults are the values', the meanings stand here.

A key without a meaning, or a meaning without a key, stops the generation.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from commonhold.workspace.config import Config, CoreConfig, PluginConfig, ReleaseConfig, SharedRule, Testing, Tier
from commonhold.workspace.config.decode import _ROOT, _Decoder
from commonhold.workspace.config.reader import Reader
from commonhold.workspace.patterns import Patterns
from generator import NOTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PAGE = "reference/configuration.md"

HEAD = """\
# Configuration

`[tool.commonhold]` in the `pyproject.toml` at the repository's root, or in the file named with `--config`. It
is read strictly: every mistake is reported at once, each with its key and, where a word is near, with what was
probably meant. A smallest configuration names one tier:

```toml
[tool.commonhold.tiers.plugins]
path = ["plugins/*"]
```

**Patterns** are those of git's `:(glob)`: `*` and `?` stop at a slash, `**/` is any number of folders, `/**`
everything below. A pattern without wildcards is a file, or a folder with all that it holds. A tier's pattern
names the folders of plugins; such a folder is a plugin when it holds a project file (`pyproject.toml`,
`setup.cfg` or `setup.py`). One folder in two tiers, two plugins of one name, and a tier's pattern that matches
nothing are errors.

**Durations** are written `"30m"` or `"1h30m"`, at most `"6h"`. **Pythons** are quoted: `"3.10"`.
"""

TESTING_HEAD = """\
## How a plugin is tested

These keys may stand in a tier, in `[tool.commonhold.plugins.NAME]`, and in the plugin's own `pyproject.toml`
under `[tool.commonhold]`. The root's word about one plugin is stronger than the plugin's own, and that is
stronger than the tier's. `env` is merged key by key.

Every session has a copy of the repository and a virtual environment of its own. Unless `install` says
otherwise, it installs the plugin with the extras and dependency groups for tests (`test`, `tests`, `testing`,
`dev`) and the requirements files for tests beside it, the plugins of the tree that it needs, and the core: from
the index as pinned, or from the tree.

In commands, `install` and `env`, these are filled in: `{python}` (`3.12`), `{python-nodot}` (`312`), `{name}` (the
distribution), `{root}` (the session's copy of the repository), `{path}` (the plugin's folder, from there),
`{junit}` (where a report is collected from). In commands `{posargs}` is what follows `--`; inside a longer word,
such as the script of `sh -c`, it is quoted for a shell. Other braces stay as they are. Commands are split into
words as a POSIX shell does, and run without a shell; they and the installer run in the plugin's folder.
"""

OWN_HEAD = """\
## In a plugin's own `pyproject.toml`

```toml
[tool.commonhold]
test = ["pytest -n auto {posargs}"]
env = { PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION = "python" }
```

The keys of the table above, and `maintainers`. Policies (`on-*`, `release`, `version`) are the repository's and
are refused here. A mistake in this table is an error, as one in the root's is.
"""


class Key(NamedTuple):
    """What a key takes and what it means."""

    takes: str
    means: str


PATTERNS = "array of patterns"
ANSWER = '`"test"`, `"advisory"` or `"skip"`'

MEANINGS: dict[str, dict[str, Key]] = {
    "tool.commonhold": {
        "core": Key("table", "the project that the plugins extend, [below](#core); leave it out where there is none"),
        "default-branch": Key("string", "what to compare with where `origin/HEAD` does not tell"),
        "python": Key("array of Pythons", "on which Pythons plugins are tested, as far as they support them"),
        "ignore": Key(PATTERNS, "changes that test nothing, unless a file that metadata names is deleted"),
        "tests": Key(PATTERNS, "relative to a plugin: files that are not shipped, and that only its own tests see"),
        "examples": Key(
            PATTERNS,
            "relative to a plugin: files that nothing ships, tests or imports; they test nothing and need nothing",
        ),
        "tiers": Key("tables", "kinds of plugins, [below](#tiersname); at least one"),
        "shared": Key("array of tables", "paths outside the plugins, [below](#shared)"),
        "plugins": Key("tables", "what one plugin needs, [below](#pluginsname)"),
        "release": Key("table", "for the release tool, [below](#release)"),
    },
    "core": {
        "distribution": Key(
            "string", "its name on the index; a requirement on it is a need of the core, not of a plugin"
        ),
        "path": Key(PATTERNS, "its files, for a core in the tree"),
        "pin": Key(
            PATTERNS, "files that pin its version; `.txt` and `.in` files are given to installers as constraints"
        ),
    },
    "tiers.NAME": {
        "path": Key(PATTERNS, "the folders of its plugins"),
        "distribution": Key("string with `{name}`", "what a plugin's distribution is called"),
        "import": Key("string with `{name}`", "what its module is called"),
        "on-core-change": Key(ANSWER, "what a change of the core means"),
        "on-dependency-change": Key(
            ANSWER, "what a change of a plugin that this one can see means, or of a package in its lock"
        ),
        "on-shared-change": Key(ANSWER, "what a change of a path that concerns everybody means"),
        "on-release-failure": Key(
            '`"stop"` or `"hold-back"`',
            "what a plugin that cannot be released means: nothing is, or all but itself and what needs it is",
        ),
    },
    "shared": {
        "path": Key(PATTERNS, "the first rule that matches a path wins"),
        "affects": Key(
            '`"all"`, `"none"`, or array of names',
            "named plugins and tiers count as changed themselves, and that spreads",
        ),
        "keys": Key(
            "array of strings", "for a TOML file: the rule matches only when nothing outside these keys changed"
        ),
    },
    "plugins.NAME": {
        "release": Key("boolean", "whether it is ever uploaded; what its classifiers call `Private ::` never is"),
        "version": Key(
            '`"core"`, `"own"` or `"series"`',
            "what it is released as: the core's version, or the one that its files state, whenever that is new; with "
            "`series` that must be of the core's major and minor number",
        ),
    },
    "release": {
        "tag": Key(
            "array of strings with `{version}`", "how tags of releases are written; the first that exists counts"
        ),
        "pins": Key(
            '`"~="`, `"=="` or `"as-written"`',
            "how requirements between plugins are written in a release; those on the core stay as they are",
        ),
        "owners": Key(
            "array of strings",
            "users and organizations of the index: a project that belongs to none of them is not released",
        ),
        "floor": Key("string", "`release plan --next` looks for releases of the core after this one"),
    },
    "testing": {
        "test": Key(
            "array of commands",
            "run in the plugin's folder, one after the other, until one fails; `[]`: it is only installed",
        ),
        "before": Key("array of commands", "run before those, after the installation"),
        "install": Key(
            "array of arguments",
            "what the installer gets instead of all that is described above; "
            "`{usual}` stands for that, `[]` installs nothing",
        ),
        "env": Key("table of strings", "variables for the installation and the commands"),
        "constraints": Key("array of requirements", 'what else bounds the installation, such as `["numpy<2"]`'),
        "resolution": Key(
            '`"highest"`, `"lowest"` or `"lowest-direct"`', "which versions are installed; all but the first need uv"
        ),
        "os": Key("array of labels", "the runners that the jobs ask for"),
        "timeout": Key("duration", "the session's time limit"),
        "python": Key("array of Pythons", "instead of the repository's"),
        "tests": Key(PATTERNS, "relative to the plugin; instead of the repository's"),
        "reads": Key(
            PATTERNS, "further paths of the repository that its tests read: a change there is a change of the plugin"
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
}
REQUIRED = {("tiers.NAME", "path"), ("shared", "path"), ("shared", "affects"), ("tool.commonhold", "tiers")}
UNSAID = {
    "test": '`["pytest {posargs}"]`',
    "timeout": '`"30m"`',
    "os": '`["ubuntu-latest"]`',
    "resolution": '`"highest"`',
}
"""Defaults that apply where no source says anything: they are not the values', but those of whoever uses them."""


class _Recorder(Reader):
    """Notes which keys the decoder allows in which table."""

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
    }


def make() -> dict[str, str]:
    """The page."""
    described = {table: set(keys) for table, keys in MEANINGS.items()}
    if described != allowed():
        raise SystemExit(f"configuration_page.py describes other keys than the decoder reads:\n{allowed()}")
    lines = [NOTE + HEAD, *_table("tool.commonhold", "## `[tool.commonhold]`")]
    for table in ("core", "tiers.NAME", "shared", "plugins.NAME"):
        brackets = f"[[tool.commonhold.{table}]]" if table == "shared" else f"[tool.commonhold.{table}]"
        anchor = table.lower().replace(".", "")
        lines += _table(table, f"## `{brackets}` {{ #{anchor} }}")
    lines += [TESTING_HEAD, *_rows("testing"), "", OWN_HEAD]
    lines += _table("release", "## `[tool.commonhold.release]` { #release }")
    return {PAGE: "\n".join(lines)}


def _table(name: str, heading: str) -> Iterator[str]:
    yield f"{heading}\n"
    yield from _rows(name)
    yield ""


def _rows(name: str) -> Iterator[str]:
    yield "| key | takes | default | means |\n|:--|:--|:--|:--|"
    for key, (takes, means) in MEANINGS[name].items():
        yield f"| `{key}` | {takes} | {_default(name, key)} | {means} |"


def _default(table: str, key: str) -> str:
    if (table, key) in REQUIRED:
        return "required"
    if table == "testing":
        return UNSAID.get(key, "")
    value = getattr(DEFAULTS[table], {"import": "import_"}.get(key, key.replace("-", "_")))
    return _toml(value)


def _toml(value: Any) -> str:
    if isinstance(value, Patterns):
        value = value.sources
    if value in (None, (), {}) or isinstance(value, (CoreConfig, ReleaseConfig)):
        return ""
    return f"`{json.dumps(value, ensure_ascii=False)}`"
