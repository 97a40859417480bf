"""A workspace below the repository's root: the same selection as at the root, and what counts outside."""

from __future__ import annotations

from hypothesis import given, note, settings
from hypothesis import strategies as st

from commonhold.selection import find_affected
from commonhold.vcs import Change, Comparison, Difference
from tests.selection.generated import changes, model_repos
from tests.selection.model import ModelRepo, write
from tests.selection.test_oracle import EXAMPLES, compared, thorough
from tests.support.trees import MemoryTree

PLACES = st.sampled_from(["packages/python", "py", "a b/c-d/é"])


def below(comparison: Comparison, folder: str) -> Comparison:
    """The same comparison after the repository was moved into a folder of a larger one, which also changed."""
    tree = comparison.tree
    assert isinstance(tree, MemoryTree)
    moved = {f"{folder}/{path}": content for path, content in tree.files.items()}
    others = {
        "web/pyproject.toml": '[project]\nname = "web"\n',
        "plugins/p0/x.py": "import p1",
        "conftest.py": "import p1",
    }
    found = tuple(change._replace(path=f"{folder}/{change.path}") for change in comparison.changes or ())
    outside = tuple(Change(path, 0, None, 0o100644, "1" * 40) for path in others)
    return comparison._replace(
        tree=MemoryTree(others | moved, workspace=folder), difference=Difference(lambda: found + outside)
    )


@settings(thorough, max_examples=EXAMPLES // 5)
@given(model_repos(), st.data(), PLACES)
def test_a_monorepo_below_a_folder_has_the_same_selection_as_at_the_root(
    base: ModelRepo, data: st.DataObject, folder: str
) -> None:
    head = data.draw(changes(base))
    comparison = compared(write(base, config_inside=True), write(head, config_inside=True))
    expected = find_affected(comparison).affected
    found = find_affected(below(comparison, folder)).affected
    note(expected)
    note(found)
    assert found.left_out == 3
    assert found._replace(folder="", left_out=0, because=expected.because) == expected
