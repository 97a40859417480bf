"""Generate the reference of JSON documents: examples from real runs, and schemas from the types."""

from __future__ import annotations

import json
import typing
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import msgspec

from commonhold.checks.finding import Severity, State
from commonhold.checks.profiles import PROFILES
from commonhold.governance.approvals.approvals_document import SCHEMA as APPROVALS_SCHEMA
from commonhold.governance.approvals.approvals_document import ApprovalsDocument
from commonhold.governance.settings.settings_document import SETTINGS_SCHEMA, SettingsDocument
from commonhold.governance.triage.triage_document import TRIAGE_SCHEMA, TriageDocument
from commonhold.ownership import LifecycleState, PathKind
from commonhold.ownership.owners_document import ROLES
from commonhold.ownership.person import MOST_ID
from commonhold.projects.names import Name
from commonhold.release.report.release_document import SCHEMA, Released, ReleasedFile, ReleaseDocument, dump_document
from commonhold.selection import affected
from commonhold.selection.document import KINDS
from commonhold.workspace import graph
from generator import NOTE
from generator.example import example_repository, output

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "reference/json.md"
SCHEMAS = "reference/schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

HEAD = """\
# JSON

Each document has a `schema` number. A change that breaks readers increases it; new keys do not.
Schemas: [affected](schemas/affected.schema.json), [plan](schemas/plan.schema.json),
[graph](schemas/graph.schema.json), [list](schemas/list.schema.json), [check](schemas/check.schema.json),
[owners](schemas/owners.schema.json), [approvals](schemas/approvals.schema.json),
[governance doctor](schemas/doctor.schema.json), [triage](schemas/triage.schema.json),
[release](schemas/release.schema.json). The first four examples are the
commands' output for the
[tutorial](../tutorial.md)'s repository. The documents of the [plugin index](plugin-index.md) have a page of their own.

Bytes in a path that are not UTF-8, and control characters, are written `\\xNN`.
"""

AFFECTED = """\
## commonhold affected --json

| key | meaning |
|:--|:--|
| `base` | the base commit, or `null` if there is nothing to compare with |
| `head` | the head commit, or `null` for the working tree |
| `selection` | `none`, `some` or `all`; with `all`, every plugin is listed too |
| `because` | the reason for the selection, in one sentence |
| `plugins` | the affected plugins, each with its reasons |
| `core.affected` | true if the core's own jobs must run |
| `removed` | plugins that exist at base and not at head |
| `warnings` | all problems that do not stop the selection, also those that the text output omits |
| `workspace` | only if the workspace is below the repository's root: its folder (`path`) and a number (`left_out`) |

Paths are relative to the
[workspace](../how-to/your-monorepo.md#my-plugins-are-in-a-folder-of-a-larger-repository); those outside it begin with
`../`. `left_out` is the number of changed paths outside it that nothing in it names.
"""

REASONS = """\

### Reasons

A reason lists at most 20 paths; `paths_total` is their full number. `via` is the chain of plugins from the nearest
dependency to the plugin that changed. If `how` is `mention`, `path` and `line` are the place of the
[mention](../explanation/how-a-change-spreads.md#mentions); otherwise these keys are left out. `rule` is the index of
the rule in `[[tool.commonhold.shared]]`, starting at 0.

| `kind` | meaning | other keys |
|:--|:--|:--|"""

PLAN = """\

## commonhold plan --json

With `--github`, the keys `any`, `matrix`, `any-advisory`, `advisory` and `core` are written to the step's outputs.
Each matrix is a value for `strategy.matrix`. `sessions` are names of nox sessions, separated by spaces. `timeout` is
in minutes, and includes ten minutes for the job's setup. Use a matrix only if its `any` is true, because GitHub
rejects an empty matrix. `untestable` lists affected plugins that no configured Python can test; if one of them is
required, the exit code is 1. `workspace` has the same meaning as above.
"""

GRAPH = """\

## commonhold graph --format json

`extra` is the extra that declares the requirement, and `asked` lists the extras that it requests. If `tests` is true,
only the plugin's own tests have the requirement, so it does not chain. `path` is the file that contains the import or
the [mention](../explanation/how-a-change-spreads.md#mentions), and `line` is the line of the mention. `notes` lists
files that are too large to be searched, and plugins that many others mention.
"""

LIST = """\

## commonhold list --json

| key | meaning |
|:--|:--|
| `follows` | the source of the version: `core`, `own` or `series` |
| `version` | the version in the plugin's files, which may be a placeholder if the version is not its own |
| `python` | the Python versions on which the plugin is tested |
| `maintainers` | the maintainers in the metadata, or else the authors |
| `test-files` | the number of files that pytest collects as tests |
| `released` | the newest tag of a release in this clone, with its version and commit; `null` if there is none |
| `unreleased-commits` | the number of commits that changed the plugin's folder since then |
"""

CHECK = """\

## commonhold check --json

| key | meaning |
|:--|:--|
| `rules_from` | the distributions that the rules come from |
| `profiles` | the profiles that apply to the repository or to at least one plugin |
| `plugin`, `tier` | `null` for a finding about the repository, and for a rule that needs a wheel |
| `state` | `fail`, `skipped`, `waived` or `baselined`; `because` is the reason for each state except `fail` |
| `fix` | `safe` or `unsafe` if `--fix` or `--unsafe-fixes` can fix the violation, otherwise `null` |
| `fingerprint` | an identifier from code, plugin and subject, which does not change when lines move |
| `counts` | the number of findings by state, and of errors and warnings among those that fail |

`commonhold release inspect --json` prints its findings in the same form, with the plugins that stop the release
(`stopped`) and those that are held back (`held`).
"""

OWNERS = """\

## commonhold owners --json

| key | meaning |
|:--|:--|
| `day` | the day on which terms and suspensions apply |
| `owners` | the paths, each with its owner; the path of a folder ends with a slash |
| `kind` | `plugin`, `lifecycle` (a plugin's `governance.toml`), `core`, `shared`, `ledger` or `policy` |
| `plugin` | the plugin that owns the path, or `null`; `active` is true if the maintainer may approve on that day |
| `first` | the logins of the people of whom one approves before core; empty if nobody does |
| `binding` | the number of core approvals that a change to the path needs |
| `people` | everybody in `governance/people.toml`, with the `roles` that are active on that day |
| `problems` | the mistakes because of which approvals wait; `plugin.problems` are those of one plugin |

The number of approvals also depends on what a change does; [the how-to](../how-to/owners.md) describes the files.
"""

APPROVALS = """\

## commonhold approvals --json

| key | meaning |
|:--|:--|
| `state` | `pending` or `success` |
| `next` | who acts next: `github`, `ready`, `author`, `plugin`, `core`, `again`, `vote`, `nobody` or `done` |
| `status` | the text of the commit status |
| `reasons` | why the state is `pending`: row of the [rule](approval-rule.md), name of the condition, and a clause |
| `rows` | the rows that apply |
| `plugins` | the plugin's side of each touched plugin: what each row needs, who can give it, and who gave it (`by`) |
| `binding` | core's side, or `null` if nobody is asked; `early` are approvals before the plugin's side was met |
| `ignored` | the reviews that do not count, each with the reason |
| `overrides` | the comments with `/override`; `refusal` is `null` if the comment has an effect |
"""

DOCTOR = """\

## commonhold governance doctor --json

| key | meaning |
|:--|:--|
| `state` | `ok`, `wrong`, or `unknown` if GitHub does not report the setting to the token |
| `branch` | the branch, or `null` for a setting of the repository |
| `found`, `why` | what the setting is, and why the gate needs it otherwise |
| `commands` | shell commands that fix a wrong setting; empty if only a person can fix it |
| `question` | what to look up if `state` is `unknown`, otherwise `null`; the answer "yes" means `ok` |

[The how-to](../how-to/approvals.md#check-the-settings-on-github) lists the settings.
"""

TRIAGE = """\

## commonhold triage --json

| key | meaning |
|:--|:--|
| `posted` | true with `--post`: the labels and comments were added |
| `plugin` | the name of the plugin that the form names, or `null` |
| `stage` | the comment that is due: `routed`, `reminded`, `core` or `unknown`, or `null` if none is due |
| `reason` | why the comment is due, or why none is |
| `labels` | the labels that the issue does not have yet |
| `mention` | the ids of the people whom the comment mentions |
| `error` | why the issue could not be read, or `null` |
"""

RELEASE = """\

## release.json

`commonhold release notes` writes this document next to the notes, and `commonhold release status --json` prints it.

| key | meaning |
|:--|:--|
| `complete` | true if every plugin of the plan is on the package index |
| `state` | the plugin's state; [the how-to](../how-to/release.md#when-a-release-stops) lists all states |
| `why` | the problem that blocks the plugin |
| `up` | true if the file, or every file of the plugin, is on the package index |
| `until` | the time until which the upload is postponed, in UTC |

An example:
"""

TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
COUNT = {"type": "integer", "minimum": 0}


def make() -> dict[str, str]:
    """Generate the page and the schemas."""
    schemas = {
        "affected": affected_schema(),
        "plan": plan_schema(),
        "graph": graph_schema(),
        "list": list_schema(),
        "check": check_schema(),
        "owners": owners_schema(),
        "approvals": document_schema("commonhold approvals --json", ApprovalsDocument, APPROVALS_SCHEMA),
        "doctor": document_schema("commonhold governance doctor --json", SettingsDocument, SETTINGS_SCHEMA),
        "triage": document_schema("commonhold triage --json", TriageDocument, TRIAGE_SCHEMA),
        "release": release_schema(),
    }
    files = {f"{SCHEMAS}/{name}.schema.json": _dump(schema) + "\n" for name, schema in schemas.items()}
    with example_repository() as folder:
        return {PAGE: "\n".join(_lines(folder)), **files}


def _lines(folder: Path) -> typing.Iterator[str]:
    yield NOTE + HEAD
    yield AFFECTED
    yield _block(output(folder, "affected", "--head", "HEAD", "--json"))
    yield REASONS
    for kind, name in KINDS.items():
        keys = ", ".join(f"`{key}`" for key in _reason_schema(kind, name)["required"][1:])
        yield f"| `{name}` | {_sentence(kind)} | {keys} |"
    yield PLAN
    yield _block(output(folder, "plan", "--head", "HEAD", "--json"))
    yield GRAPH
    yield _block(output(folder, "graph", "--head", "HEAD", "--format", "json"))
    yield LIST
    yield _block(output(folder, "list", "--json"))
    yield CHECK
    yield OWNERS
    yield APPROVALS
    yield DOCTOR
    yield TRIAGE
    yield RELEASE
    yield _block(dump_document(_EXAMPLE).decode())


def _block(text: str) -> str:
    document = json.loads(text)
    return f"```json\n{_dump(document)}\n```"


def _dump(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def _sentence(kind: type) -> str:
    text = " ".join((kind.__doc__ or "").split()).replace("``", "`").replace("`total`", "`paths_total`")
    return text[0].lower() + text[1:].rstrip(".")


def affected_schema() -> dict[str, Any]:
    """The schema of ``affected --json``, from the types of :mod:`commonhold.selection.affected`."""
    reasons = {"type": "array", "items": {"$ref": "#/$defs/reason"}}
    plugin = _object(name=TEXT, path=TEXT, tier=TEXT, advisory={"type": "boolean"}, reasons=reasons)
    document = _object(
        schema={"const": 2},
        base={"type": ["string", "null"]},
        head={"type": ["string", "null"]},
        selection=_schema_of(affected.Selection),
        because=TEXT,
        plugins={"type": "array", "items": plugin},
        core=_object(affected={"type": "boolean"}, reasons=reasons),
        removed=TEXTS,
        warnings=TEXTS,
    )
    _add_workspace(document)
    kinds = list({name: _reason_schema(kind, name) for kind, name in reversed(KINDS.items())}.values())[::-1]
    return {
        "$schema": DIALECT,
        "title": "commonhold affected --json",
        **document,
        "$defs": {"reason": {"oneOf": kinds}},
    }


def plan_schema() -> dict[str, Any]:
    """The schema of ``plan --json``."""
    minutes = {"type": "integer", "minimum": 1, "maximum": 360}
    job = _object(name=TEXT, sessions=TEXT, python=TEXT, os=TEXT, timeout=minutes)
    matrix = _object(include={"type": "array", "maxItems": 256, "items": job})
    flag = {"type": "boolean"}
    untestable = _object(name=TEXT, advisory=flag, detail=TEXT)
    keys = {
        "schema": {"const": 1},
        "any": flag,
        "matrix": matrix,
        "any-advisory": flag,
        "advisory": matrix,
        "core": flag,
        "untestable": {"type": "array", "items": untestable},
        "warnings": TEXTS,
    }
    return {"$schema": DIALECT, "title": "commonhold plan --json", **_add_workspace(_object(**keys))}


def _add_workspace(document: dict[str, Any]) -> dict[str, Any]:
    """Add the only optional key: most workspaces are the whole repository."""
    document["properties"]["workspace"] = _object(path=TEXT, left_out=COUNT)
    return document


def graph_schema() -> dict[str, Any]:
    """The schema of ``graph --format json``."""
    maybe = {"type": ["string", "null"]}
    how = _schema_of(graph.EdgeKind)
    place = {"path": maybe, "line": {"type": ["integer", "null"]}}
    edge = _object(source=TEXT, target=TEXT, how=how, extra=maybe, asked=TEXTS, tests={"type": "boolean"}, **place)
    plugin = _object(name=TEXT, path=TEXT, tier=TEXT)
    core = _object(**{"name": maybe, "path": maybe, "not-needed": TEXTS})
    document = _object(
        schema={"const": 2},
        core=core,
        plugins={"type": "array", "items": plugin},
        edges={"type": "array", "items": edge},
        removed=TEXTS,
        warnings=TEXTS,
        notes=TEXTS,
    )
    return {"$schema": DIALECT, "title": "commonhold graph --format json", **document}


def list_schema() -> dict[str, Any]:
    """The schema of ``list --json``."""
    maybe = {"type": ["string", "null"]}
    released = _object(tag=TEXT, version=TEXT, commit={"type": "string", "pattern": "^[0-9a-f]{40,64}$"})
    keys = {
        "name": TEXT,
        "path": TEXT,
        "tier": TEXT,
        "follows": {"enum": ["core", "own", "series"]},
        "version": maybe,
        "python": TEXTS,
        "maintainers": {"type": "array", "items": _object(name=maybe, email=maybe)},
        "test-files": COUNT,
        "released": {"oneOf": [released, {"type": "null"}]},
        "unreleased-commits": {"type": ["integer", "null"], "minimum": 0},
    }
    document = _object(schema={"const": 1}, plugins={"type": "array", "items": _object(**keys)})
    return {"$schema": DIALECT, "title": "commonhold list --json", **document}


def check_schema() -> dict[str, Any]:
    """The schema of ``check --json``."""
    maybe = {"type": ["string", "null"]}
    finding = _object(
        code=TEXT,
        plugin=maybe,
        tier=maybe,
        severity={"enum": [each.value for each in Severity if each is not Severity.OFF]},
        state={"enum": [each.value for each in State]},
        because=maybe,
        message=TEXT,
        path=maybe,
        line={"type": ["integer", "null"], "minimum": 1},
        fix={"enum": ["safe", "unsafe", None]},
        fingerprint={"type": "string", "pattern": "^[0-9a-f]{16}$"},
    )
    counts = _object(**dict.fromkeys(("plugins", "errors", "warnings", *(each.value for each in State)), COUNT))
    document = _object(
        schema={"const": 1},
        rules_from=TEXTS,
        profiles={"type": "array", "items": {"enum": [*PROFILES]}},
        findings={"type": "array", "items": finding},
        counts=counts,
    )
    return {"$schema": DIALECT, "title": "commonhold check --json", **document}


def owners_schema() -> dict[str, Any]:
    """The schema of ``owners --json``."""
    maybe, flag = {"type": ["string", "null"]}, {"type": "boolean"}
    account = {"type": "integer", "minimum": 1, "maximum": MOST_ID}
    person = {"name": TEXT, "login": TEXT, "id": account, "company": maybe, "contact": maybe}
    problem = _object(path=TEXT, line={"type": ["integer", "null"], "minimum": 1}, message=TEXT)
    problems = {"type": "array", "items": problem}
    plugin = _object(
        name=TEXT,
        path=TEXT,
        tier=TEXT,
        approvals={"enum": ["maintainers", "core"]},
        state={"enum": [state.value for state in LifecycleState]},
        maintainers={"type": "array", "items": _object(**person, active=flag)},
        problems=problems,
    )
    kind = {"enum": [kind.value for kind in PathKind]}
    nullable = {"anyOf": [plugin, {"type": "null"}]}
    owner = _object(path=TEXT, kind=kind, plugin=nullable, first=TEXTS, binding={"type": "integer", "minimum": 1})
    roles = {"type": "array", "items": {"enum": [role.value for role in ROLES]}}
    document = _object(
        schema={"const": 1},
        day={"type": "string", "format": "date"},
        owners={"type": "array", "items": owner},
        people={"type": "array", "items": _object(**person, roles=roles, suspended=flag, emeritus=flag)},
        problems=problems,
    )
    return {"$schema": DIALECT, "title": "commonhold owners --json", **document}


def document_schema(title: str, form: type, version: int) -> dict[str, Any]:
    """The schema of a document, from its types."""
    document = struct_schema(form)
    document["$defs"][form.__name__]["properties"]["schema"] = {"const": version}
    return {"$schema": DIALECT, "title": title, **document}


def release_schema() -> dict[str, Any]:
    """The schema of ``release.json``, from its types."""
    document = document_schema("release.json", ReleaseDocument, SCHEMA)
    document["$defs"]["ReleaseDocument"]["required"].insert(0, "schema")
    return document


def struct_schema(form: type) -> dict[str, Any]:
    """Return the schema of a type, with the definitions of all types that it contains."""
    (schema,), definitions = msgspec.json.schema_components([form])
    for definition in definitions.values():
        definition["description"] = " ".join(definition["description"].split()).replace("``", "`")
    return {**schema, "$defs": definitions}


_EXAMPLE = ReleaseDocument(
    version="1.17.0",
    commit="4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    core="flytekit",
    index="pypi",
    complete=False,
    aborted=None,
    tags={},
    plugins=(
        Released(
            name="flytekitplugins-spark",
            path="plugins/official/flytekit-spark",
            tier="official",
            version="1.17.0",
            up=False,
            state="postponed",
            why="the index accepts no more new projects for now",
            because=None,
            until=datetime(2026, 1, 31, 12, tzinfo=timezone.utc),
            needs=(),
            files=(
                ReleasedFile(
                    name="flytekitplugins_spark-1.17.0-py3-none-any.whl", sha256="e3b0c442" * 8, size=9000, up=True
                ),
                ReleasedFile(name="flytekitplugins_spark-1.17.0.tar.gz", sha256="98fc1c14" * 8, size=8000, up=False),
            ),
        ),
    ),
)


def _reason_schema(kind: Any, name: str) -> dict[str, Any]:
    hints = typing.get_type_hints(kind, localns=_TYPES)
    fields = {"paths_total" if field == "total" else field: _schema_of(hints[field]) for field in kind._fields}
    required = [key for key in fields if kind._field_defaults.get(key, ...) is not None]
    schema = _object(kind={"const": name}, **fields) | {"required": ["kind", *required]}
    return {"description": _sentence(kind), **schema}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


_TYPES = {"Name": Name, "Literal": Literal, "EdgeKind": eval(typing.cast("str", graph.EdgeKind), {"Literal": Literal})}


def _schema_of(hint: Any) -> dict[str, Any]:
    if isinstance(hint, str):  # an alias, quoted so that typing is not imported at start
        hint = eval(hint, _TYPES)
    if get_origin(hint) is Literal:
        return {"enum": list(get_args(hint))}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _schema_of(get_args(hint)[0])}
    if type(None) in get_args(hint):  # the key is left out if there is no value
        return _schema_of(get_args(hint)[0])
    simple = {str: TEXT, Name: TEXT, int: {"type": "integer"}, bool: {"type": "boolean"}}
    return simple[hint]
