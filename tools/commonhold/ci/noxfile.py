"""Register sessions for a repository whose own noxfile does not register them.

Run ``nox -f`` with this file, and set ``COMMONHOLD_FOLDER`` to a folder in the repository. If the configuration is not
in the root ``pyproject.toml``, also set ``COMMONHOLD_CONFIG`` to a file, relative to that folder.
"""

from __future__ import annotations

import os

import nox

from commonhold.ci.core_session import register_core
from commonhold.ci.nox_sessions import register

FOLDER = os.path.abspath(os.environ.get("COMMONHOLD_FOLDER") or os.path.dirname(__file__))
CONFIG = os.environ.get("COMMONHOLD_CONFIG")

root = register(__file__, FOLDER, CONFIG)
if root is not None:
    # By default, nox would create its environments next to this file, inside the installed package.
    nox.options.envdir = os.path.join(root, ".nox")
    register_core(root, CONFIG and os.path.join(FOLDER, CONFIG))
