"""Read requirements files as pip does, and pin the requirements in them."""

from __future__ import annotations

import codecs
import posixpath
import re

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.metadata import Dependency, Problem
from commonhold.projects.names import is_valid, normalize
from commonhold.projects.paths import HOLE, from_url, is_local, resolve
from commonhold.projects.requirement import names, parse_requirement, pin_lines, show, unique

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.projects.declaration import ProjectFiles
    from commonhold.projects.names import Name
    from commonhold.projects.staged_project import StagedProject

# No pattern begins with a repeated class or has two adjacent ones: searching would take quadratic time on blanks.
_VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")
_PER_REQUIREMENT = re.compile(r"(?<=\s)--?[A-Za-z]")
_OPTION = re.compile(r"(--requirement|--constraint|--editable|-r|-c|-e)(?:\s*=\s*|\s*)(.*)", re.DOTALL)
_EXTRAS = re.compile(r"(.*?)\[([^\[\]]*)\]", re.DOTALL)
_NAMED_URL = re.compile(r"[\w.-]+(?:\s*\[[^\]]*\])?\s*@")
_EGG = re.compile(r"[#&]egg=([^&\s]*)")
_CODING = re.compile(rb"#.*coding[:=]\s*([-\w.]+)")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# The patterns are strings: compiling them at import would cost every selection half a millisecond.
_CONTINUATION = r"\\(?:\r\n|\r|\n)[ \t]*"
_LOGICAL_LINE = r"(?:(?![ \t]*#)[^\r\n]*\\(?:\r\n|\r|\n))*[^\r\n]*(?:\r\n|\r|\n|$)"
_INCLUDE = r"[ \t]*(?:-r|--requirement)(?:\s*=\s*|\s*)([^\s#]+)"


MOST_FILES = 200
"""The maximum number of requirements files that one project can include."""


class Requirements(NamedTuple):
    """The dependencies that requirements files and their included files list."""

    dependencies: tuple[Dependency, ...]
    problems: tuple[Problem, ...]


def read_requirements(project: ProjectFiles, paths: Iterable[str]) -> Requirements:
    """Read requirements files in the repository, and the files that they include."""
    reading = _Reading(project)
    for path in paths:
        reading.include(path, constraint=False)
    reading.run()
    return Requirements(unique(reading.dependencies), tuple(reading.problems))


def read_lines(project: ProjectFiles, path: str, lines: Iterable[str]) -> Requirements:
    """Read lines from another kind of file, ``path``, that are written in the syntax of requirements files."""
    reading = _Reading(project)
    for line in lines:
        reading.read_line(path, line, constraint=False)
    reading.run()
    return Requirements(unique(reading.dependencies), tuple(reading.problems))


class _Reading:
    """The files still to be read, and the dependencies and problems found so far."""

    def __init__(self, project: ProjectFiles) -> None:
        self.project = project
        self.dependencies: list[Dependency] = []
        self.problems: list[Problem] = []
        self.todo: list[tuple[str, bool]] = []
        self._included: set[tuple[str, bool]] = set()

    def include(self, path: str, *, constraint: bool) -> None:
        # This check also ends circular includes; a file may be both a requirements file and a constraints file.
        if (path, constraint) in self._included:
            return
        self._included.add((path, constraint))
        if len(self.todo) < MOST_FILES:
            self.todo.append((path, constraint))
        elif len(self._included) == MOST_FILES + 1:
            self._problem(path, f"more than {MOST_FILES} requirements files are included; merge some of them")

    def run(self) -> None:
        for path, constraint in self.todo:
            raw = self.project.read(path)
            text = _decode(raw) if raw is not None else None
            if text is not None:
                for line in _lines(text):
                    self.read_line(path, line, constraint=constraint)
            # Constraints do not require anything, so an unreadable constraints file does not hide a requirement.
            elif not constraint:
                why = "it does not exist" if raw is None else "its encoding is unknown; save it as UTF-8"
                self._problem(path, f"this requirements file cannot be read: {why}")

    def _problem(self, path: str, message: str) -> None:
        self.problems.append(Problem(path, message))

    def read_line(self, path: str, line: str, *, constraint: bool) -> None:
        if not line.startswith("-"):
            if not constraint:
                self._require(path, line)
            return
        option = _OPTION.match(line)
        if option is None:
            return  # such as --index-url, which does not name a distribution
        value = _unquote(option[2])
        if option[1] not in ("-e", "--editable"):
            self._follow(path, value, constraint or option[1] in ("-c", "--constraint"))
        elif not constraint:
            self._require(path, value)

    def _follow(self, path: str, reference: str, constraint: bool) -> None:
        """Include a file; its path is relative to the including file's folder, and may leave the repository."""
        if is_local(reference) and HOLE not in reference:
            folder = posixpath.dirname(path)
            target = from_url(folder, reference) if reference.startswith("file:") else resolve(folder, reference)
            if target is not None:
                self.project.reads.add(target)
                self.include(target, constraint=constraint)
        elif not constraint:
            self._problem(path, f"{show('-r ' + reference)} is not a file in the repository; list its requirements")

    def _require(self, path: str, text: str) -> None:
        # The options of one requirement: --hash, --config-settings.
        option = _PER_REQUIREMENT.search(text) if " -" in text else None
        text = _unquote(text[: option.start() if option else None].strip())
        if _is_location(text):
            self.dependencies += _from_location(path, text, self.project)
            return
        dependency = parse_requirement(text, self.project.folder)
        if dependency is None:
            self._problem(path, f"{show(text)} is not a requirement; use PEP 508 syntax")
        else:
            self.dependencies.append(dependency)


def _decode(raw: bytes) -> str | None:
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            return _try_decode(raw[len(bom) :] if encoding == "utf-8" else raw, encoding)
    # PEP 263 declarations, as in Python files.
    for line in raw.split(b"\n", 2)[:2]:
        coding = _CODING.match(line)
        if coding is not None:
            return _try_decode(raw, coding[1].decode("ascii"))
    return _try_decode(raw, "utf-8")


def _try_decode(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except (UnicodeError, LookupError, ValueError):
        return None


def _lines(text: str) -> Iterator[str]:
    """Yield logical lines: join continued lines, remove comments, and mark environment variables as unknown."""
    joined: list[str] = []
    for line in text.splitlines():
        is_comment = "#" in line and line.lstrip().startswith("#")
        if line.endswith("\\") and not is_comment:
            joined.append(line[:-1])
            continue
        # As in pip, a comment ends a continued line instead of becoming part of it.
        logical = "".join((*joined, " " if is_comment else "", line))
        joined.clear()
        logical = _without_comment(logical).strip()
        if logical:
            yield _VARIABLE.sub(HOLE, logical) if "${" in logical else logical
    if last := "".join(joined).strip():
        yield last


def _without_comment(line: str) -> str:
    """Return a line without its comment, which begins with a ``#`` at the start or after white space."""
    at = line.find("#")
    while at > 0 and not line[at - 1].isspace():
        at = line.find("#", at + 1)
    return line if at < 0 else line[:at]


def _unquote(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _is_location(text: str) -> bool:
    """Return whether a requirement is a path or URL rather than a name."""
    if text.startswith((".", "file:")):
        return True
    return "/" in text.partition(";")[0] and _NAMED_URL.match(text) is None


def _from_location(path: str, text: str, project: ProjectFiles) -> list[Dependency]:
    """Return every dependency that a path or URL may refer to.

    pip resolves relative paths from its working directory, uv from the file that contains them. The working directory
    of pip is not recorded: it may be the project's folder or the root (tox's default). So all three folders are tried.
    """
    url, _, marker = text.partition(" ;")
    plain, _, fragment = url.strip().partition("#")
    plain, requested = _split_extras(plain)
    name: Name | None = None
    egg = _EGG.search("#" + fragment)
    if egg is not None:
        spelled, of_egg = _split_extras(egg[1])
        name = normalize(spelled) if is_valid(spelled) else None
        requested = requested or of_egg
    extras = names(requested) or frozenset()
    folders = dict.fromkeys((project.folder, posixpath.dirname(path), "")) if is_local(plain) else ()
    found = [from_url(folder, plain) for folder in folders]
    paths: list[str | None] = [target for target in found if target is not None]
    if not paths and name is not None:
        paths = [None]
    return [Dependency(name, extras, target, marker=marker.strip()) for target in paths]


def _split_extras(text: str) -> tuple[str, str]:
    match = _EXTRAS.fullmatch(text)
    return (match[1], match[2]) if match is not None else (text, "")


def pin_file(project: StagedProject, file: str) -> None:
    """Pin the requirements in a file of a staged project, and in the files that it includes."""
    # The list grows during the loop; each file is added only once, even if it includes itself.
    todo = [file]
    known = {file}
    for name in todo:
        data = project.read(name) if name else None
        if data is None:
            continue
        before = data.decode("utf-8", "surrogateescape")
        parts = []
        for line in re.findall(_LOGICAL_LINE, before):
            included = re.match(_INCLUDE, line)
            target = included and posixpath.normpath(posixpath.join(posixpath.dirname(name), _unquote(included[1])))
            if target and target not in known:
                known.add(target)
                todo.append(target)
            parts.append(_pin_continued(line, project))
        after = "".join(parts)
        if after != before:
            project.write(name, after.encode("utf-8", "surrogateescape"))


def _pin_continued(line: str, project: StagedProject) -> str:
    """Pin one logical line; if nothing is pinned, keep its line breaks."""
    joined = re.sub(_CONTINUATION, "", line)
    pinned = pin_lines(joined, project.pins)
    return line if pinned == joined else pinned
