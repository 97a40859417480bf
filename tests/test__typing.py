"""The records that stand in for ``typing.NamedTuple`` while the program runs."""

from __future__ import annotations

import copy
import pickle
import typing
from typing import Any

import pytest

from commonhold._typing import NamedTuple


class Ours(NamedTuple):
    name: str
    size: int = 3
    note: str | None = None

    def doubled(self) -> Ours:
        return self._replace(size=self.size * 2)


class Theirs(typing.NamedTuple):
    name: str
    size: int = 3
    note: str | None = None


@pytest.mark.parametrize(
    ("values", "named"),
    [
        (("a",), {}),
        (("a", 4), {}),
        (("a", 4, "b"), {}),
        (("a",), {"note": "b"}),
        ((), {"note": "b", "name": "a"}),
        ((), {"name": "a", "size": 1, "note": None}),
    ],
)
def test_a_record_is_made_as_typing_makes_it(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    ours, theirs = Ours(*values, **named), Theirs(*values, **named)
    assert tuple(ours) == tuple(theirs)
    assert (ours.name, ours.size, ours.note) == (theirs.name, theirs.size, theirs.note)
    assert ours._asdict() == theirs._asdict()
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert hash(ours) == hash(theirs)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((), {}),
        (("a", 1, "b", "c"), {}),
        (("a",), {"name": "b"}),
        (("a",), {"colour": "red"}),
        ((), {"size": 1}),
    ],
)
def test_a_value_that_is_missing_unknown_or_there_twice_is_refused(
    values: tuple[Any, ...], named: dict[str, Any]
) -> None:
    for kind in (Ours, Theirs):
        with pytest.raises(TypeError, match=kind.__name__):
            kind(*values, **named)


def test_a_record_cannot_be_changed() -> None:
    record = Ours("a")
    with pytest.raises(AttributeError):
        record.size = 4  # type: ignore[misc]
    with pytest.raises(AttributeError):
        record.other = 4  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        record._replace(colour="red")  # type: ignore[call-arg]
    assert record == Ours("a")


def test_a_record_has_methods_and_survives_copying() -> None:
    record = Ours("a", 2).doubled()
    assert record == Ours("a", 4) == Ours._make(("a", 4, None))
    assert type(record) is Ours
    assert copy.deepcopy(record) == record
    assert pickle.loads(pickle.dumps(record)) == record
    match record:
        case Ours("a", size):
            assert size == 4
        case _:
            pytest.fail("the fields are the pattern's")
