"""What the files of a project declare, read without running any of its code.

``read_metadata`` merges ``pyproject.toml`` (PEP 518, PEP 621, PEP 735, Poetry, hatch, PDM, uv), ``setup.cfg``,
``setup.py`` and requirements files. What cannot be read that way becomes a ``Problem``; nothing raises.
"""

from __future__ import annotations

from commonhold.projects.merge import project_files, read_metadata

__all__ = ["project_files", "read_metadata"]
