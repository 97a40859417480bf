"""Read YAML files into values that know their line, without resolving types, tags or references to other files.

Every scalar stays text, so that ``python-version: 3.10`` is not read as 3.1. The parser reports events, and this module
builds the values from them: it constructs no Python objects for tags, it does not recurse, and an alias counts with the
size of its target, so that a small file cannot expand to a large value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from commonhold.errors import CommonholdError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import NoReturn

MOST_YAML_BYTES = 1 << 20
_MOST_VALUES = 200_000
_MOST_DEPTH = 100


class YamlError(CommonholdError):
    """A YAML file cannot be read: correct the line that the message names."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class YamlText:
    """A scalar with its line number. ``block`` is true for a literal or folded text, which begins on the next line.

    ``quoted`` is false for a plain scalar, which YAML readers may take for a number or another type.
    """

    text: str
    line: int
    quoted: bool = False
    block: bool = False

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield the lines of the text with their line numbers, which are estimates in folded text."""
        yield from enumerate(self.text.split("\n"), self.line + self.block)


@dataclass(frozen=True, slots=True)
class YamlList:
    """A sequence with its line number."""

    items: tuple[YamlValue, ...]
    line: int


@dataclass(frozen=True, slots=True)
class YamlTable:
    """A mapping with its line number, the line numbers of its keys (``lines``) and its repeated keys."""

    items: Mapping[str, YamlValue]
    line: int
    lines: Mapping[str, int] = field(default_factory=dict)
    repeated: tuple[YamlText, ...] = ()

    def get(self, key: str) -> YamlValue | None:
        """Return the value of a key, or ``None`` if it is missing."""
        return self.items.get(key)

    def text(self, key: str) -> YamlText | None:
        """Return the value of a key if it is text."""
        value = self.items.get(key)
        return value if isinstance(value, YamlText) else None

    def table(self, key: str) -> YamlTable:
        """Return the value of a key if it is a mapping, or an empty mapping."""
        value = self.items.get(key)
        return value if isinstance(value, YamlTable) else YamlTable({}, self.lines.get(key, self.line))

    def texts(self, key: str) -> tuple[YamlText, ...]:
        """Return the texts in a list; one text counts as a list of one."""
        return texts_of(self.items.get(key))


YamlValue: TypeAlias = "YamlText | YamlList | YamlTable"


def texts_of(value: YamlValue | None) -> tuple[YamlText, ...]:
    """Return the texts in a list; one text counts as a list of one."""
    if isinstance(value, YamlText):
        return (value,)
    return tuple(item for item in value.items if isinstance(item, YamlText)) if isinstance(value, YamlList) else ()


def read_yaml(data: bytes, path: str) -> YamlValue | None:
    """Return the only document of a YAML file, or ``None`` if the file is empty. Raises ``YamlError``."""
    import yaml

    if len(data) > MOST_YAML_BYTES:
        raise YamlError(f"{path} has more than {MOST_YAML_BYTES:,} bytes")
    builder = _Builder(path)
    # libyaml is much faster; its Python version reads the same files where PyYAML was built without it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(data, Loader=loader):
            builder.add(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        raise YamlError(f"{path}{line}: {error.problem or error.context or 'invalid YAML'}") from error
    except yaml.YAMLError as error:
        raise YamlError(f"{path}: {' '.join(str(error).split())}") from error
    return builder.root


@dataclass(slots=True)
class _Open:
    """A list or mapping that has not ended; ``key`` is the key whose value comes next."""

    line: int
    anchor: str | None
    is_table: bool
    values: list[YamlValue] = field(default_factory=list)
    items: dict[str, YamlValue] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    repeated: list[YamlText] = field(default_factory=list)
    key: YamlText | None = None
    size: int = 1

    def close(self) -> YamlValue:
        if self.is_table:
            return YamlTable(self.items, self.line, self.lines, tuple(self.repeated))
        return YamlList(tuple(self.values), self.line)


class _Builder:
    """The values that are built from the parser's events."""

    def __init__(self, path: str) -> None:
        self.root: YamlValue | None = None
        self._path = path
        self._documents = 0
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[YamlValue, int]] = {}

    def add(self, event: object) -> None:
        """Add one event of ``yaml.parse``."""
        from yaml import events

        if isinstance(event, events.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._fail(event, "more than one document")
        elif isinstance(event, events.ScalarEvent):
            value = YamlText(event.value, _line(event), event.style in ("'", '"'), event.style in ("|", ">"))
            self._put(event, value, 1, event.anchor)
        elif isinstance(event, (events.SequenceStartEvent, events.MappingStartEvent)):
            if len(self._open) >= _MOST_DEPTH:
                self._fail(event, f"more than {_MOST_DEPTH} values inside each other")
            self._open.append(_Open(_line(event), event.anchor, isinstance(event, events.MappingStartEvent)))
        elif isinstance(event, (events.SequenceEndEvent, events.MappingEndEvent)):
            ended = self._open.pop()
            self._put(event, ended.close(), ended.size, ended.anchor)
        elif isinstance(event, events.AliasEvent):
            anchored = self._anchors.get(event.anchor or "")
            if anchored is None:
                self._fail(event, f"the alias {event.anchor!r} has no value before it")
            self._put(event, *anchored, None)

    def _put(self, event: object, value: YamlValue, size: int, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = (value, size)
        if not self._open:
            self.root = value
            return
        outer = self._open[-1]
        outer.size += size
        if outer.size > _MOST_VALUES:
            self._fail(event, f"more than {_MOST_VALUES:,} values")
        if not outer.is_table:
            outer.values.append(value)
        elif outer.key is None:
            if not isinstance(value, YamlText):
                self._fail(event, "a key is not text")
            outer.key = value
        else:
            key, outer.key = outer.key, None
            if key.text in outer.items:
                outer.repeated.append(key)
            outer.items[key.text] = value
            outer.lines[key.text] = key.line

    def _fail(self, event: object, problem: str) -> NoReturn:
        raise YamlError(f"{self._path}:{_line(event)}: {problem}")


def _line(event: object) -> int:
    return int(event.start_mark.line) + 1  # type: ignore[attr-defined]
