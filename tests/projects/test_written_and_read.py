"""Round trip: the reader finds the version and pins that were stamped into a project of any format."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from packaging.requirements import Requirement

from commonhold.projects import project_files, read_metadata
from commonhold.projects.names import normalize
from commonhold.projects.staged_project import StagedProject
from commonhold.projects.stamp import stamp
from tests.projects.generated_projects import Parts, projects, written

PINS = {"numpy": "~=2.1.0", "core-lib-2": "==2.1"}


def pinned(parts: Parts) -> Requirement:
    requirement = Requirement(written(parts))
    pin = PINS.get(normalize(requirement.name))
    return Requirement(written((*parts[:2], pin, parts[3]))) if pin else requirement


def canonical(requirement: Requirement) -> tuple[str, frozenset[str], str, str]:
    extras = frozenset(map(normalize, requirement.extras))
    return normalize(requirement.name), extras, str(requirement.specifier), str(requirement.marker)


@given(projects())
def test_a_stamped_project_reads_as_the_version_and_the_pins(generated: tuple[list[Parts], dict[str, str]]) -> None:
    listed, files = generated
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        project = StagedProject(folder, "", "plug-a", "2.1", PINS)
        stamp(project)
        metadata = read_metadata("", project.read, project_files(files))
    assert (metadata.version, metadata.problems) == ("2.1", ())
    found = {canonical(Requirement(one.text)) for one in metadata.runtime}
    assert found == {canonical(pinned(parts)) for parts in listed}
