"""List the rules of the founding documents that could be checked in a tree but have no rule, with the reasons."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_RELEASE = "every release does this, so it is how the tool works and not a property of a plugin"
_INDEX = "it concerns the tools for users of plugins and their indices, not a plugin or the layout of the repository"
_PROCESS = "it concerns decisions about a plugin, which are records with dates, not the state of its files"
_HISTORY = "it depends on the git history and on the day, and the same tree always gives the same report"

NOT_CHECKED: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        11: ("plugins for agents are in scope", "it permits something and requires nothing"),
        16: ("the approval precedes the promotion", _PROCESS),
        25: ("an abandoned extension is forked and worked on first", _HISTORY),
        31: (
            "no minimum of tests and documents on entry",
            "it forbids a check; `commonhold check --help-wanted` lists the gaps as work",
        ),
        35: (
            "validated with the latest host",
            "CI must have run: `commonhold plan` tests every plugin with the pinned core",
        ),
        47: ("five contributors in 90 days", _HISTORY),
        48: ("thirty commits in 90 days", _HISTORY),
        56: ("the landscape shows active projects by default", _INDEX),
        61: ("a majority of the members approves", _PROCESS),
        62: ("resubmission after three months", _PROCESS),
        63: ("resubmission with an improvement", _PROCESS),
        64: ("a review every six months", _PROCESS),
        65: ("owners learn the reasons", _PROCESS),
        66: ("30 days to fix", _PROCESS),
        67: ("retired if not fixed", _PROCESS),
        68: ("no reference after retirement", _PROCESS),
        69: ("the logo only while accepted", _PROCESS),
        70: ("a change to the process needs a vote", _PROCESS),
        71: ("the process is published", _PROCESS),
        72: ("commands for users", _INDEX),
        74: ("the default index has official plugins only", _INDEX),
        75: ("more indices can be added", _INDEX),
        77: ("sources of a plugin", _INDEX),
        78: ("one index for each release of the host", _INDEX),
        80: ("an upgrade does not stop at incompatible plugins", _INDEX),
        83: ("metadata of plugins in a single file is in the index", _INDEX),
        87: ("the index may change to a fork", _INDEX),
        88: ("several people maintain an index", _INDEX),
        89: ("a new index starts empty", _INDEX),
        90: ("a list of plugins that are not up to date", _RELEASE),
        91: ("plugins are updated before the release", _PROCESS),
        93: ("no duty of timeliness for other indices", "it permits something and requires nothing"),
        107: ("publishing is optional", "it permits something and requires nothing"),
        108: ("a trial release first", _RELEASE),
        110: ("Poetry is installed once", "it concerns the machine: `commonhold doctor` checks it"),
    }
)
"""The numbers of rules, each with a short name and the reason why ``commonhold check`` has no rule for it."""
