"""Move dependency groups of Poetry to ``[dependency-groups]`` (PEP 735) where nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commonhold.projects.names import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping

    from commonhold.projects.metadata import Dependency, Metadata

_SOURCES = frozenset(("git", "url", "path", "file", "source", "allow-prereleases", "develop"))


def dependency_losses(dependencies: Mapping[str, Any], label: str) -> Iterator[str]:
    """Yield the dependencies in a table of Poetry that the standard cannot express."""
    for name, value in dependencies.items():
        for choice in value if isinstance(value, list) else [value]:
            used = _SOURCES & {*choice} if hasattr(choice, "items") else frozenset()
            version = choice.get("version", "") if hasattr(choice, "items") else choice
            if used:
                yield f"{label}.{name} uses {', '.join(sorted(used))}"
            elif "|" in str(version):
                yield f"{label}.{name} has alternatives (||)"


def take_groups(
    poetry: MutableMapping[str, Any], metadata: Metadata
) -> tuple[dict[str, tuple[Dependency, ...]], tuple[str, ...]]:
    """Remove the groups from ``[tool.poetry]`` that the standard can express; return them, and notes about the rest."""
    found: dict[str, tuple[Dependency, ...]] = {}
    notes: list[str] = []
    groups = poetry.get("group", {})
    for name, group in list(groups.items()):
        label = f"tool.poetry.group.{name}"
        losses = [*dependency_losses(group.get("dependencies", {}), f"{label}.dependencies")]
        losses += [f"{label} has include-groups"] if "include-groups" in group else []
        losses += [*dependency_losses(poetry.get("dev-dependencies", {}), label)] if name == "dev" else []
        if losses:
            notes.append(f"{label} stays: {'; '.join(losses)}")
            continue
        found[name] = metadata.groups.get(normalize(name), ())
        group.pop("dependencies", None)
        if group:
            notes.append(f"{label} keeps {', '.join(group)}, which the standard cannot express")
        else:
            del groups[name]
    if not groups:
        poetry.pop("group", None)
    if "dev-dependencies" in poetry and "dev" not in groups:
        losses = [*dependency_losses(poetry["dev-dependencies"], "tool.poetry.dev-dependencies")]
        if losses:
            notes.append(f"tool.poetry.dev-dependencies stays: {'; '.join(losses)}")
        else:
            found["dev"] = metadata.groups.get(normalize("dev"), ())
            del poetry["dev-dependencies"]
    return found, tuple(notes)
