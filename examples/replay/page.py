"""Write tables between the markers of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from commonhold.selection.audit import Audit
    from examples.replay.history import History
    from examples.replay.lists import HandList
    from examples.replay.metadata import Compared


def write_block(page: Path, name: str, lines: Iterable[str]) -> None:
    """Replace the text between the markers of ``name``, which the page must contain."""
    text = page.read_text()
    begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"{page} has no markers {begin.strip()} and {end}")
    block = "".join(f"{line}\n" for line in lines)
    page.write_text(f"{before}{begin}\n{block}\n{end}{after}")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A Markdown table, with numbers aligned right."""
    kept = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    right = [all(_is_number(row[column]) for row in kept) for column in range(len(head))]
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join('--:' if is_right else '---' for is_right in right)}|"
    yield from (f"| {' | '.join(row)} |" for row in kept)


def _is_number(text: str) -> bool:
    return text.replace(",", "").replace(".", "").rstrip("%").isdecimal()


def history_lines(history: History) -> Iterator[str]:
    """Lines that compare the selection with testing every plugin."""
    named = (
        (f"the last {len(history.audit.replays)} commits", history.audit),
        ("the same commits, without the core and shared rules", history.plugins_only),
        (f"all {len(history.whole.replays) + len(history.whole.roots):,} commits", history.whole),
    )
    head = ("", "none", "some", "all", "plugin jobs per commit", "run-all", "saved")
    yield from table(head, [(name, *_figures(audit)) for name, audit in named])
    yield ""
    yield history.unmatched
    yield ""
    yield "These causes selected every plugin in the last commits. The last column suggests a rule:"
    yield ""
    causes = [
        (summary.commits, f"{summary.jobs:,}", f"`{summary.cause.pattern}`", summary.cause.fix)
        for summary in history.audit.causes()[:10]
    ]
    yield from table(("commits", "jobs", "cause", "suggested rule"), causes)


def _figures(audit: Audit) -> Iterator[object]:
    count = len(audit.replays)
    for state in ("none", "some", "all"):
        yield f"{sum(replay.selection == state for replay in audit.replays):,}"
    yield f"{audit.jobs / count:.2f}"
    yield f"{audit.run_all / count:.2f}"
    yield f"{1 - audit.jobs / audit.run_all:.1%}"


def metadata_lines(projects: Sequence[Compared]) -> Iterator[str]:
    """Lines that compare the static reading with the build backends."""
    built = [project for project in projects if project.built is not None]
    same = [project for project in built if not project.differences()]
    needs = sum(len(project.read.runtime) for project in same)
    extras = sum(len(project.read.extras) for project in same)
    yield (
        f"commonhold reads {len(projects)} projects statically. The build backends prepare metadata for "
        f"{len(built)} of them, and commonhold agrees with the backend for {len(same)}: names, `requires-python`, "
        f"{needs} requirements with their extras, and {extras} extras."
    )
    odd = [(f"`{project.folder or '.'}`", _oddity(project)) for project in projects if project not in same]
    if odd:
        yield ""
        yield from table(("project", "what differs"), odd)


def _oddity(project: Compared) -> str:
    if project.built is None:
        read = "; ".join(project.problems) or f"read as {project.read.name}"
        return f"does not build: {project.failure} ({read})"
    return ", ".join(project.differences())


def list_lines(lists: Iterable[HandList]) -> Iterator[str]:
    """A table that compares hand-written lists with the tree."""
    rows = [
        (f"`{one.where}`" if "`" not in one.where else one.where, one.purpose, one.names, len(one.missing), _said(one))
        for one in lists
    ]
    yield from table(("list", "purpose", "listed", "missing", "missing plugins, and errors in the list"), rows)


def _said(one: HandList) -> str:
    left = ", ".join(one.missing[:12]) + (f" and {len(one.missing) - 12} more" if len(one.missing) > 12 else "")
    return "; ".join(filter(None, [left, *one.wrong])) or "nothing"
