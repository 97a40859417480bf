"""Keep the first of many changed paths, and count all of them."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeVar

    Item = TypeVar("Item")
    Other = TypeVar("Other")

MOST_PATHS = 20
"""The maximum number of paths that a reason lists in addition to their total."""


class PathList(list["Item"]):
    """The first items of a list that may contain a million paths, and their ``total``."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        super().__init__()
        self.total = 0
        self.extend(items)

    def map(self, function: Callable[[Item], Other]) -> PathList[Other]:
        """Return the results of a function for each item, with the same total."""
        found = PathList(map(function, self))
        found.total = self.total
        return found

    def append(self, item: Item) -> None:
        self.total += 1
        if len(self) <= MOST_PATHS:  # one more than a reason lists, because a reason may leave one out
            super().append(item)

    def extend(self, items: Iterable[Item]) -> None:
        for item in items:
            self.append(item)
        if isinstance(items, PathList):
            self.total += items.total - len(items)
