"""Run the checks of repo-review as rules with codes such as ``RR:PY001``, always as warnings."""

from __future__ import annotations

import io
import posixpath
import sys
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, wraps
from inspect import signature
from typing import TYPE_CHECKING, Any

from commonhold.checks.context import CheckedPlugin, CheckedRepository
from commonhold.checks.finding import RuleSkippedError, Severity, Violation
from commonhold.checks.rule import Rule
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from commonhold.workspace import Files

PREFIX = "RR:"
_CONSTANT = (
    ("importlib.metadata", "entry_points"),
    ("validate_pyproject.plugins", "entry_points"),
    ("validate_pyproject.api", "Validator"),
)


def repo_review_rules() -> tuple[tuple[Rule[CheckedPlugin], ...], tuple[Rule[CheckedRepository], ...]]:
    """Return the checks of the installed distributions: those about a package, and those about the repository.

    A check that reads the fixture ``package``, or a fixture that is made from it, is about a package. repo-review would
    repeat the other checks for each package.
    """
    from repo_review.fixtures import collect_fixtures
    from repo_review.processor import collect_all

    fixtures = collect_fixtures()
    plugin: list[Rule[CheckedPlugin]] = []
    repository: list[Rule[CheckedRepository]] = []
    for name, check in collect_all().checks.items():
        title = (check.__doc__ or name).format(self=check, name=name).strip().split("\n")[0].rstrip(".")
        text = f"{title}.\n\nThis is the check {name} of repo-review. **To fix it**, read its documentation."
        fields: dict[str, Any] = {"severity": Severity.WARNING, "requires": ("CH001",)}
        if _needs_package(check.check, fixtures):
            plugin.append(Rule(f"{PREFIX}{name}", title, text, _of_plugin(name), subject=CheckedPlugin, **fields))
        else:
            fields["requires"] = ()
            repository.append(
                Rule(f"{PREFIX}{name}", title, text, _of_repository(name), subject=CheckedRepository, **fields)
            )
    return tuple(plugin), tuple(repository)


def _needs_package(function: Callable[..., object], fixtures: Mapping[str, Callable[..., object]]) -> bool:
    return any(
        name == "package" or (name in fixtures and _needs_package(fixtures[name], fixtures))
        for name in signature(function).parameters
    )


def _of_plugin(name: str) -> Callable[[CheckedPlugin], Iterator[Violation]]:
    def violations(checked: CheckedPlugin) -> Iterator[Violation]:
        yield from _violations(name, checked.repository.files, checked.plugin.path, checked.project_file)

    return violations


def _of_repository(name: str) -> Callable[[CheckedRepository], Iterator[Violation]]:
    def violations(repository: CheckedRepository) -> Iterator[Violation]:
        yield from _violations(name, repository.files, "", "pyproject.toml")

    return violations


def _violations(name: str, files: Files, folder: str, path: str) -> Iterator[Violation]:
    try:
        error = _errors(files, folder).get(name)
    except Exception as failure:  # of a fixture, which reads files before any check runs
        reason = printable(f"{type(failure).__name__}: {failure}")
        raise RuleSkippedError(f"repo-review cannot read the package: {reason}") from failure
    if error is not None:
        yield Violation(printable(" ".join(error.split())), path)


@cache
def _errors(files: Files, folder: str) -> Mapping[str, str]:
    """Return the errors of all checks for one package; repo-review runs all checks of a package together."""
    from repo_review.processor import collect_all, process

    root: Any = TreePath(files, "")
    with warnings.catch_warnings(), _computed_once():
        warnings.simplefilter("ignore")  # repo-review warns about a check that changes its fixtures, and restores them
        collected = collect_all(root, folder)
        careful: Any = {name: _CarefulCheck(check) for name, check in collected.checks.items()}
        results = process(root, subdir=folder, collected=collected._replace(checks=careful)).results
    return {each.name: each.err_msg or each.description for each in results if each.result is False}


@contextmanager
def _computed_once() -> Iterator[None]:
    """Reuse results that are the same for every package.

    repo-review reads all entry points again for each package, and validate-pyproject compiles all its schemas again.
    Together, this would take most of the time of a check of many plugins.
    """
    with ExitStack() as stack:
        for module, name in _CONSTANT:
            owner = sys.modules.get(module)
            original = getattr(owner, name, None)
            if original is not None:
                stack.callback(setattr, owner, name, original)
                setattr(owner, name, _once(original))
        yield


_once = cache(cache)  # one cache for each function


class _CarefulCheck:
    """A check of repo-review that reports its own failure, so that the other checks still run."""

    def __init__(self, check: Any) -> None:
        self._check = check
        self.__doc__ = check.__doc__
        self.check = _report_failure(check.check)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._check, name)


def _report_failure(function: Callable[..., str | bool | None]) -> Callable[..., str | bool | None]:
    @wraps(function)
    def check(*args: Any, **fixtures: Any) -> str | bool | None:
        try:
            return function(*args, **fixtures)
        except Exception as error:  # noqa: BLE001 - reported as a warning
            return f"the check failed to run: {type(error).__name__}: {error}"

    return check


@dataclass(frozen=True)
class TreePath:
    """A file or folder of a tree, with the methods of ``importlib.resources.abc.Traversable``."""

    files: Files
    path: str

    def __deepcopy__(self, _: object) -> TreePath:
        """Return the path itself: repo-review copies all fixtures of each package, and a tree never changes."""
        return self

    @property
    def name(self) -> str:
        """The last part of the path."""
        return posixpath.basename(self.path)

    def joinpath(self, *parts: str) -> TreePath:
        """Return a file or folder below this one."""
        return TreePath(self.files, posixpath.normpath(posixpath.join(self.path, *parts)).removeprefix("./"))

    __truediv__ = joinpath

    def is_file(self) -> bool:
        """Return whether the path is a file."""
        return self.path in self.files.entries

    def is_dir(self) -> bool:
        """Return whether the path is a folder with files."""
        return self.path in ("", ".") or any(path.startswith(f"{self.path}/") for path in self.files.entries)

    def iterdir(self) -> Iterator[TreePath]:
        """Yield the files and folders in this folder."""
        start = f"{self.path}/" if self.path not in ("", ".") else ""
        names = {path[len(start) :].split("/")[0] for path in self.files.entries if path.startswith(start)}
        return (self.joinpath(name) for name in sorted(names))

    def read_bytes(self) -> bytes:
        """Return the content of the file."""
        content = self.files.get(self.path)
        if content is None:
            raise FileNotFoundError(self.path)
        return content

    def read_text(self, encoding: str | None = None) -> str:
        """Return the content of the file as text."""
        return self.read_bytes().decode(encoding or "utf-8", "replace")

    def open(self, mode: str = "r", *, encoding: str | None = None, **_: Any) -> io.BytesIO | io.StringIO:
        """Open the file for reading."""
        return io.BytesIO(self.read_bytes()) if "b" in mode else io.StringIO(self.read_text(encoding))
