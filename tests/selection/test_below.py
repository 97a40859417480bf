"""A workspace below the repository's root: the same selection as at the root, and what counts outside."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

from commonhold.selection import Override, find_affected
from commonhold.vcs import Change, Comparison, Difference
from tests.selection.generated import changes, model_repos
from tests.selection.model import COMMON, ModelRepo, config, write
from tests.selection.test_oracle import EXAMPLES, compared, thorough
from tests.support.monorepos import answers
from tests.support.trees import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.selection.uses import Use

PLACES = st.sampled_from(["packages/python", "py", "a b/c-d/é"])


OTHERS = {
    "web/pyproject.toml": '[project]\nname = "web"\n',
    "gold/p0/x.py": "import acme",
    "conftest.py": "import acme",
}
"""Files of other projects, which resemble those of the workspace."""


def below(comparison: Comparison, folder: str, others: Mapping[str, str]) -> Comparison:
    """The same comparison after the repository was moved into a folder of a larger one, to which files were added."""
    tree = comparison.tree
    assert isinstance(tree, MemoryTree)
    moved = {f"{folder}/{path}": content for path, content in tree.files.items()}
    found = tuple(change._replace(path=f"{folder}/{change.path}") for change in comparison.changes or ())
    outside = tuple(Change(path, 0, None, 0o100644, "1" * 40) for path in others)
    return comparison._replace(
        tree=MemoryTree({**others, **moved}, workspace=folder), difference=Difference(lambda: found + outside)
    )


def all_uses(repo: ModelRepo) -> list[Use]:
    return [*repo.core_uses, *(use for plugin in repo.plugins for use in plugin.uses)]


@settings(thorough, max_examples=EXAMPLES // 7)
@given(model_repos(), st.data(), PLACES)
def test_a_monorepo_below_a_folder_has_the_same_selection_as_at_the_root(
    base: ModelRepo, data: st.DataObject, folder: str
) -> None:
    head = data.draw(changes(base))
    # A path in a folder of requirements files is also read relative to the plugin, so it may lead out of the workspace.
    assume(not any(use.kind == "requirements-folder" for repo in (base, head) for use in all_uses(repo)))
    comparison = compared(write(base, config_inside=True), write(head, config_inside=True))
    expected = find_affected(comparison).affected
    # A plugin that cannot be read is affected by every change, also outside.
    readable = not any(plugin.broken for repo in (base, head) for plugin in repo.plugins)
    moved = below(comparison, folder, OTHERS if readable else {})
    found = find_affected(moved).affected
    note(expected)
    note(found)
    assert found.left_out == len(moved.changes or ()) - len(comparison.changes or ())
    assert found._replace(folder="", left_out=0, because=expected.because) == expected


@settings(thorough, max_examples=EXAMPLES // 5)
@given(model_repos(), st.data())
def test_paths_outside_the_workspace_count_as_at_the_root_if_something_names_them(
    base: ModelRepo, data: st.DataObject
) -> None:
    """Only the tiers' folders are in the workspace; at the root, a rule excludes everything else."""
    head = data.draw(changes(base))
    path = data.draw(st.sampled_from(COMMON))
    head.salt[path] = head.salt.get(path, 0) + 1
    nested = tuple(_nest(repo) for repo in (base, head))
    before, after = (write(repo, config_inside=False) for repo in nested)
    others = {path.partition("/")[0] for path in (*before, *after)} - {"here"}
    rules = re.sub(r"'(\w+/\*\*/p\*')", r"'here/\1", config(nested[1]).replace('["', "['").replace('"]', "']"))
    excluded = f"[[tool.commonhold.shared]]\npath = {sorted(others)}\naffects = 'none'\n"
    expected = find_affected(compared(before, after), Override("x", (rules + excluded).encode())).affected

    for plugin in (plugin for repo in nested for plugin in repo.plugins):
        plugin.reads = [f"/{pattern}" for pattern in plugin.reads]
    before, after = (write(repo, config_inside=False) for repo in nested)
    comparison = compared(before, after)
    comparison = comparison._replace(tree=MemoryTree(after, workspace="here"))
    rules = re.sub(r"((?:path|pin|ignore) = \[)'", r"\1'/", rules)
    found = find_affected(comparison, Override("x", rules.replace("'/here/", "'").encode())).affected
    note(expected)
    note(found)
    assert answers(found) == answers(expected)
    assert bool(found.core) == bool(expected.core)
    assert found.removed == expected.removed


def _nest(repo: ModelRepo) -> ModelRepo:
    """The repository with its tiers' folders in the folder ``here``."""
    names = "|".join(tier.name for tier in repo.tiers)

    def nest(value: Any) -> Any:
        if isinstance(value, str):
            return re.sub(rf"(?<![\w./-])({names})(?=/)", r"here/\1", value)
        if isinstance(value, dict):
            return {nest(key): nest(each) for key, each in value.items()}
        if isinstance(value, (list, set, tuple)):
            return type(value)(map(nest, value))
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{field.name: nest(getattr(value, field.name)) for field in fields(value)})
        return value

    found: ModelRepo = nest(repo)
    found.conftests = {f"here/{folder}".rstrip("/"): each for folder, each in found.conftests.items()}
    for paths in (found.added, found.missing):
        paths.update([f"here/{path}" for path in paths if path.endswith("conftest.py")])
    return found
