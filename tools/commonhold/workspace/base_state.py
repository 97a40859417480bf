"""What base knew that head no longer shows."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.projects.names import Name


class Past(NamedTuple):
    """``names`` are the names that changed project files gave their folders at base (``None``: unreadable).

    ``files`` are the paths that exist at base and not at head.
    """

    names: Mapping[str, Name | None] = {}
    files: tuple[str, ...] = ()


NO_PAST = Past()
