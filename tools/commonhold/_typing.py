"""Provide the run-time features of ``typing`` that the program uses, without importing ``typing``.

``commonhold affected`` runs before every commit and in every pull request. Importing ``typing``, which generates and
compiles the source of fifty record classes, takes an eighth of each run. Type checkers use the original ``typing``.
"""

from __future__ import annotations

__all__ = ["TYPE_CHECKING", "NamedTuple", "Protocol", "Variant"]

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import NamedTuple, Protocol
    from typing import NamedTuple as Variant
else:
    from _collections import _tuplegetter

    Protocol = object

    class _Definition(type):
        """Turn the annotations of a class body into the fields of a tuple, as ``typing.NamedTuple`` does."""

        def __new__(cls, name, bases, body):
            fields = tuple(body.get("__annotations__", ()))
            body["_fields"] = body["__match_args__"] = fields
            body["_field_defaults"] = {field: body[field] for field in fields if field in body}
            body["__slots__"] = ()
            body.update((field, _tuplegetter(index, field)) for index, field in enumerate(fields))
            return super().__new__(cls, name, bases, body)

    class NamedTuple(tuple, metaclass=_Definition):
        """An immutable record with the documented interface of ``typing.NamedTuple``."""

        def __new__(cls, *values, **named):
            if named or len(values) != len(cls._fields):
                values = cls._complete(values, named)
            return tuple.__new__(cls, values)

        @classmethod
        def _complete(cls, values, named):
            """Return the values of all fields; raise ``TypeError`` if one is missing, unknown or given twice."""
            left = cls._fields[len(values) :]
            given = cls._field_defaults if not named else {**cls._field_defaults, **named}
            if len(values) > len(cls._fields) or not named.keys() <= {*left}:
                raise TypeError(f"{cls.__name__}{cls._fields} was given {values} and {named}")
            try:
                return (*values, *[given[field] for field in left])
            except KeyError as error:
                raise TypeError(f"{cls.__name__}{cls._fields} lacks {error}") from None

        @classmethod
        def _make(cls, values):
            return tuple.__new__(cls, values)

        def _replace(self, **named):
            return type(self)(**{**self._asdict(), **named})

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self):
            return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self._asdict().items())})"

        def __getnewargs__(self):
            return tuple(self)

    class Variant(NamedTuple):
        """A record that is one variant of a union: it equals only records of its own class, never other tuples."""

        def __eq__(self, other):
            return type(self) is type(other) and tuple.__eq__(self, other)

        def __ne__(self, other):
            return not self == other

        def __hash__(self):
            return hash((type(self), *self))
