"""What ``typing`` is needed for while the program runs, without its import.

``commonhold affected`` runs before every commit and in every pull request. To import ``typing``, and to have
it write and compile the source of fifty classes of records, takes an eighth of a run. Type checkers see the
real ones.
"""

from __future__ import annotations

__all__ = ["TYPE_CHECKING", "NamedTuple", "Protocol"]

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import NamedTuple, Protocol
else:
    from _collections import _tuplegetter

    Protocol = object

    class _Definition(type):
        """Makes the annotations of a class body the fields of a tuple, as ``typing.NamedTuple`` does."""

        def __new__(cls, name, bases, body):
            fields = tuple(body.get("__annotations__", ()))
            body["_fields"] = body["__match_args__"] = fields
            body["_field_defaults"] = {field: body[field] for field in fields if field in body}
            body["__slots__"] = ()
            body.update((field, _tuplegetter(index, field)) for index, field in enumerate(fields))
            return super().__new__(cls, name, bases, body)

    class NamedTuple(tuple, metaclass=_Definition):
        """An immutable record: of ``typing.NamedTuple``, all that its users may rely on."""

        def __new__(cls, *values, **named):
            if named or len(values) != len(cls._fields):
                values = cls._complete(values, named)
            return tuple.__new__(cls, values)

        @classmethod
        def _complete(cls, values, named):
            """The values of all fields; ``TypeError`` when one is missing, unknown or given twice."""
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
