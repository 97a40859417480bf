"""The sessions of a repository whose own noxfile does not register them.

``nox -f`` this file from anywhere with ``COMMONHOLD_FOLDER`` (a folder in the repository) and, where the
configuration is not in the root's ``pyproject.toml``, ``COMMONHOLD_CONFIG`` (a file, relative to that folder).
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
    # Beside this file is where nox would keep its environments, and nobody should write there.
    nox.options.envdir = os.path.join(root, ".nox")
    register_core(root, CONFIG and os.path.join(FOLDER, CONFIG))
