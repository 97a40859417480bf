"""Read the ledger: one file per event in the life of a plugin, chained by hashes, to which entries are only added."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commonhold.ownership.governance_reader import GovernanceFile, GovernanceProblem, GovernanceReader
from commonhold.ownership.person import read_id
from commonhold.projects.names import is_valid, normalize
from commonhold.text import printable
from commonhold.workspace.config.reader import toml_string

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from commonhold.tree import Tree
    from commonhold.workspace.config import Config

LEDGER = "governance/ledger"
"""The folder of the ledger, relative to the workspace: ``governance/ledger/PLUGIN/NNNN-EVENT.toml``."""

REPOSITORY_CHAIN = "_repository"
"""The name of the chain for events that belong to no plugin; no distribution can have this name."""

_FILE = r"([0-9]{4})-([a-z]+(?:-[a-z]+)*)\.toml"
_EVENT = r"[a-z]+(?:-[a-z]+)*"
_LONGEST_EVENT = 40
_SHA256 = r"[0-9a-f]{64}"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An event: who recorded it (the numeric id of an account), when, and a link to the public evidence.

    ``previous`` is the SHA-256 of the previous entry's file, and ``None`` in the first entry. ``digest`` is that of
    this file.
    """

    path: str
    plugin: str
    number: int
    event: str
    date: date
    by: int
    evidence: str
    reason: str | None = None
    previous: str | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The entries of each plugin in order, and the mistakes in files, names and chains."""

    chains: Mapping[str, tuple[LedgerEntry, ...]]
    problems: tuple[GovernanceProblem, ...] = ()


def read_ledger(tree: Tree, config: Config) -> Ledger:
    """Read every entry and check the chains. Never raises for any content."""
    folder = config.path(LEDGER)
    paths = sorted(path for path in tree.entries if path.startswith(f"{folder}/"))
    contents = tree.read(paths)
    chains: dict[str, list[LedgerEntry]] = {}
    problems: list[GovernanceProblem] = []
    for path in paths:
        file = GovernanceFile(path, contents.get(path), tree.entries[path])
        entry = _read_entry(file, path[len(folder) + 1 :], contents.get(path, b""))
        problems += file.problems
        if entry is not None:
            chains.setdefault(entry.plugin, []).append(entry)
    for chain in chains.values():
        problems += _chain_problems(chain)
    return Ledger({plugin: tuple(chain) for plugin, chain in chains.items()}, tuple(problems))


def _read_entry(file: GovernanceFile, name: str, data: bytes) -> LedgerEntry | None:
    plugin, _, base = name.partition("/")
    match = re.fullmatch(_FILE, base)
    if not match or not _is_chain(plugin):
        file.reader.error(printable(name), "is not named PLUGIN/NNNN-EVENT.toml, with the plugin's normalized name")
        return None
    if file.problems:
        return None
    r = file.reader
    readers: dict[str, Any] = {"plugin": r.line, "event": r.bound(_event), "date": r.day, "by": r.bound(read_id)}
    required = (*readers, "evidence")
    readers |= {"evidence": r.bound(_evidence), "reason": r.line, "previous": r.bound(_digest)}
    read = r.required_table(file.table, "", readers, required)
    if file.problems:
        return None
    if read["plugin"] != plugin:
        r.error("plugin", f"is not {plugin}, the name of the folder")
    if read["event"] != match[2]:
        r.error("event", f"is not {match[2]}, the event in the file's name")
    digest = hashlib.sha256(data).hexdigest()
    return LedgerEntry(file.path, number=int(match[1]), digest=digest, **{**read, "plugin": plugin})


def _is_chain(plugin: str) -> bool:
    return plugin == REPOSITORY_CHAIN or (is_valid(plugin) and normalize(plugin) == plugin)


def _event(reader: GovernanceReader, value: Any, key: str) -> str:
    text = reader.line(value, key)
    if text and (not re.fullmatch(_EVENT, text) or len(text) > _LONGEST_EVENT):
        reader.error(key, f"expected lower-case words with dashes, at most {_LONGEST_EVENT} characters")
    return text


def _evidence(reader: GovernanceReader, value: Any, key: str) -> str:
    text = reader.line(value, key)
    if text and not re.fullmatch(r"https://[^\s<>]+", text):
        reader.error(key, "expected a public https link")
    return text


def _digest(reader: GovernanceReader, value: Any, key: str) -> str:
    text = reader.line(value, key)
    if text and not re.fullmatch(_SHA256, text):
        reader.error(key, "expected a SHA-256 digest: 64 hexadecimal digits in lower case")
    return text


def _chain_problems(chain: Sequence[LedgerEntry]) -> Iterator[GovernanceProblem]:
    previous: LedgerEntry | None = None
    for number, entry in enumerate(chain, 1):
        if entry.number != number:
            yield GovernanceProblem(entry.path, f"has the number {entry.number:04}, but the next number is {number:04}")
            return
        if entry.previous != (previous.digest if previous else None):
            wanted = f'previous = "{previous.digest}"' if previous else "no `previous`, because it is the first entry"
            yield GovernanceProblem(entry.path, f"does not continue the chain; the entry needs {wanted}")
        if previous is not None and entry.date < previous.date:
            yield GovernanceProblem(entry.path, f"has a date before the previous entry's, {previous.date}")
        previous = entry


def rewritten_entries(base: Tree, head: Tree, config: Config) -> tuple[GovernanceProblem, ...]:
    """Return a problem for each entry of the base that is changed or missing at head: entries are only added."""
    start = f"{config.path(LEDGER)}/"
    paths = [path for path in base.entries if path.startswith(start)]
    suspects = [path for path in paths if (entry := head.entries.get(path)) is None or entry != base.entries[path]]
    old, new = base.read(suspects), head.read(path for path in suspects if path in head.entries)
    problems = []
    for path in sorted(suspects):
        if path not in new:
            problems.append(GovernanceProblem(path, "this entry of the ledger was removed; entries are only added"))
        elif old.get(path) != new[path] or base.entries[path].mode != head.entries[path].mode:
            problems.append(GovernanceProblem(path, "this entry of the ledger was changed; entries are only added"))
    return tuple(problems)


def next_entry(
    ledger: Ledger,
    config: Config,
    plugin: str,
    event: str,
    day: date,
    by: int,
    evidence: str,
    reason: str | None = None,
) -> tuple[str, str]:
    """Return the path and the content of a new entry at the end of a plugin's chain."""
    chain = ledger.chains.get(plugin, ())
    values = {"plugin": plugin, "event": event, "date": day, "by": by, "evidence": evidence, "reason": reason}
    values["previous"] = chain[-1].digest if chain else None
    lines = [
        f"{name} = {toml_string(value) if isinstance(value, str) else value}"
        for name, value in values.items()
        if value is not None
    ]
    return config.path(f"{LEDGER}/{plugin}/{len(chain) + 1:04}-{event}.toml"), "\n".join([*lines, ""])
