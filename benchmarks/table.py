"""Write the results as Markdown between two markers of a page, and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from benchmarks.measure import Race, Result

BEGIN = "<!-- bench:begin -->"
END = "<!-- bench:end -->"
GIT = "`git diff --name-only`"
PYTHON = "`python -c pass`"
COLD = "`commonhold affected`, cold"
WARM = "`commonhold affected`, warm"


class Heat(NamedTuple):
    """One repository: its title, a description, and its results."""

    title: str
    about: str
    race: Race
    left_out: Mapping[str, str] = {}


def ratio(value: float | None) -> str:
    """Format a ratio: two digits if it is small, a whole number if it is large."""
    if value is None:
        return "-"
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def memory(result: Result) -> str:
    """Format the peak memory in MB, or its upper bound."""
    if result.memory is None:
        return f"< {max(sample.floor for sample in result.samples) / 1024 + 0.5:.0f}"
    return f"{result.memory / 1024:.0f}"


def row(result: Result, results: Mapping[str, Result]) -> str:
    """Format one row: the time, its ratio to git diff, commonhold's ratios to the time, and the memory."""
    git, cold, warm = (results.get(label) for label in (GIT, COLD, WARM))
    cells = [
        result.label,
        f"{result.seconds * 1000:,.0f}" if result.seconds >= 0.1 else f"{result.seconds * 1000:.1f}",
        ratio(result.ratio(git) if git else None),
        ratio(cold.ratio(result) if cold else None),
        ratio(warm.ratio(result) if warm else None),
        memory(result),
    ]
    return f"| {' | '.join(cells)} |"


def section(heat: Heat) -> str:
    """Format the table of one repository, with its heading."""
    results = {result.label: result for result in heat.race.results}
    lines = [
        f"### {heat.title}",
        "",
        heat.about,
        "",
        "| command | ms | time / `git diff` | commonhold cold / command | commonhold warm / command | peak MB |",
        "|:--|--:|--:|--:|--:|--:|",
        *(row(result, results) for result in heat.race.results),
    ]
    missing = {**heat.left_out, **heat.race.left_out}
    if missing:
        lines += ["", *(f"Left out: {label}: {reason}." for label, reason in missing.items())]
    return "\n".join(lines)


def render(heats: Sequence[Heat], versions: Mapping[str, str], rounds: int) -> str:
    """Generate the text between the markers."""
    measured = ", ".join(f"{name} {version}" for name, version in versions.items())
    intro = f"Measured in {rounds} interleaved rounds with {measured}."
    return "\n\n".join([intro, *(section(heat) for heat in heats)])


def insert(page: str, text: str, begin: str = BEGIN, end: str = END) -> str:
    """Replace the text between two markers of ``page``.

    Raises:
        ValueError: the page does not have each marker once, in order.
    """
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed or begin in rest or end in after or end in before:
        raise ValueError(f"the page needs the lines {begin} and {end}, once each and in this order")
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def write_results(
    text: str, data: Mapping[str, Any], page: Path | None, file: Path | None, begin: str, end: str
) -> None:
    """Print a table; write it between two markers of ``page``, and all samples to a JSON file, if these are given."""
    print(text)
    if page:
        page.write_text(insert(page.read_text(encoding="utf-8"), text, begin, end), encoding="utf-8")
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def as_json(heats: Sequence[Heat], versions: Mapping[str, str], rounds: int) -> dict[str, Any]:
    """Return all samples, in the order of the rounds."""
    return {
        "schema": 1,
        "rounds": rounds,
        "versions": dict(versions),
        "repositories": [
            {
                "title": heat.title,
                "about": heat.about,
                "left-out": {**heat.left_out, **heat.race.left_out},
                "commands": [
                    {
                        "label": result.label,
                        "milliseconds": [round(sample.seconds * 1000, 2) for sample in result.samples],
                        "peak-kib": [sample.memory for sample in result.samples],
                        "floor-kib": [sample.floor for sample in result.samples],
                        "answer": sorted(heat.race.answers.get(result.label, ())),
                    }
                    for result in heat.race.results
                ],
            }
            for heat in heats
        ],
    }
