"""Write the record of a transfer (the source, the consent, the new id of each commit), and the plugin's maintainers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from commonhold.ownership import ListedPerson, Role, Term, format_governance
from commonhold.scaffold.rename.rename_files import TRANSFERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Consent:
    """The reason why the plugin may be imported: the owner's ``statement``, or an abandoned ``upstream`` project.

    ``own_commits`` are the commits of the fork that its upstream does not have.
    """

    statement: str | None = None
    upstream: str | None = None
    own_commits: int = 0


@dataclass(frozen=True, slots=True)
class TransferRecord:
    """The facts of a transfer. ``date`` is an ISO date; ``commit`` is the source's commit."""

    plugin: str
    source: str
    subdirectory: str
    commit: str
    date: str
    consent: Consent
    tag_prefix: str
    tags: tuple[str, ...]
    distribution: tuple[str, str]
    package: tuple[str, str] | None
    commits: Mapping[str, str | None]
    allowed: tuple[str, ...]


def record_files(record: TransferRecord) -> dict[str, bytes]:
    """Return the files of a record by path: a TOML document, and the list of commits with their new ids."""
    import tomlkit

    name = record.plugin
    lines = [f"{old} {new or 'empty'}" for old, new in record.commits.items()]
    document = tomlkit.document()
    document.add(tomlkit.comment("The record of an import, written by commonhold. Do not edit it."))
    document["plugin"] = name
    source = tomlkit.table()
    source["url"] = record.source
    if record.subdirectory:
        source["subdirectory"] = record.subdirectory
    source["commit"] = record.commit
    source["date"] = record.date
    document["source"] = source
    document["consent"] = _consent(record.consent)
    history = tomlkit.table()
    history["commits"] = len(record.commits)
    history["commit-map"] = f"{name}.commits.txt"
    history["tag-prefix"] = record.tag_prefix
    for key, texts in (("tags", record.tags), ("allowed-findings", record.allowed)):
        array = tomlkit.array()
        array.extend(texts)
        history[key] = array.multiline(len(texts) > 1)
    document["history"] = history
    renamed = tomlkit.table()
    renamed["distribution"] = dict(zip(("from", "to"), record.distribution, strict=True))
    if record.package is not None:
        renamed["package"] = dict(zip(("from", "to"), record.package, strict=True))
    document["names"] = renamed
    return {
        f"{TRANSFERS}/{name}.toml": tomlkit.dumps(document).encode(),
        f"{TRANSFERS}/{name}.commits.txt": "".join(f"{line}\n" for line in lines).encode(),
    }


def _consent(consent: Consent) -> dict[str, object]:
    if consent.upstream is None:
        return {"kind": "owner", "statement": consent.statement or ""}
    known = {"kind": "fork-of-abandoned", "upstream": consent.upstream, "own-commits": consent.own_commits}
    return {**known, **({"statement": consent.statement} if consent.statement else {})}


def maintainers_file(accounts: Iterable[tuple[str, int]], day: str) -> bytes:
    """Return the ``governance.toml`` of an imported plugin; ``day`` is the ISO date of the transfer."""
    start = date.fromisoformat(day)
    terms = {Role.MAINTAINER: Term(start)}
    return format_governance((ListedPerson(login, login, account, terms) for login, account in accounts), start)
