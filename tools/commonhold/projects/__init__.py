"""Read the metadata of project files without running any code, and write versions and pins into them.

``read_metadata`` merges ``pyproject.toml`` (PEP 518, PEP 621, PEP 735, Poetry, hatch, PDM, uv), ``setup.cfg``,
``setup.py``, requirements files (also pbr's), and the files of tox and hatch. A part that cannot be read statically
becomes a ``Problem`` instead of an exception. :func:`commonhold.projects.stamp.stamp` writes versions and pins. It is
not imported here, because a selection does not need the libraries that edit files.

Each format has one module that reads and writes it. No other module of the library opens these files.
"""

from __future__ import annotations

from commonhold.projects.merge import project_files, read_metadata

__all__ = ["project_files", "read_metadata"]
