"""Find the requirements that commands install: ``pip install ...`` and ``uv run --with ...``."""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# The pattern is a string, because most selections do not read a command and compiling it takes time.
_WORD = r"""(?:"[^"]*"|'[^']*'|[^\s"';&|])+|["']|[;&|]+|\n"""
_ENDS = frozenset(";&|\n")
_INSTALLERS = frozenset(("pip", "pip3", "pipx", "poetry", "pdm", "uv", "uvx"))
_VERBS = frozenset(("install", "add", "inject", "download", "wheel"))

# The beginning of the line in a requirements file that has the same meaning as the option.
_LINE_STARTS = {"-r": "-r ", "--requirement": "-r ", "--requirements": "-r ", "--with-requirements": "-r "}
_LINE_STARTS |= {"-c": "-c ", "--constraint": "-c ", "--constraints": "-c "}
_LINE_STARTS |= {"-e": "-e ", "--editable": "-e ", "--with-editable": "-e ", "--with": ""}
_OTHER_VALUES = frozenset(
    ("-i", "--index-url", "--extra-index-url", "--index", "-f", "--find-links", "-t", "--target", "--prefix", "--root")
)


def words_of(command: str) -> list[str]:
    """Split a command into words, as a shell does in most cases; shell operators are words, too.

    >>> words_of("cd ../b && python -c 'import b'")
    ['cd', '../b', '&&', 'python', '-c', 'import b']
    """
    return [word if word[0] in _ENDS else word.replace('"', "").replace("'", "") for word in re.findall(_WORD, command)]


def installed_by(command: str) -> list[str]:
    """Return the requirements that a command installs, as lines of a requirements file.

    >>> installed_by("python -m pip install -e ../b acme-c && uv run --with acme-d pytest")
    ['-e ../b', 'acme-c', 'acme-d']
    """
    return [line for simple in simple_commands(words_of(command)) for line in argument_lines(install_arguments(simple))]


def other_words(command: str) -> list[str]:
    """Return the words of a command without the requirements that it installs.

    >>> other_words("pip install -e ../b && pytest ../b/tests")
    ['pip', 'install', 'pytest', '../b/tests']
    """
    found: list[str] = []
    for simple in simple_commands(words_of(command)):
        installed = frozenset(install_arguments(simple))
        found += (word for word in simple if word not in installed)
    return found


def simple_commands(words: Iterable[str]) -> Iterator[list[str]]:
    """Yield the simple commands in a command line; shell operators separate them."""
    command: list[str] = []
    for word in words:
        if word and word[0] in _ENDS:
            yield command
            command = []
        else:
            command.append(word)
    yield command


def install_arguments(words: list[str]) -> list[str]:
    """Return the words of a simple command that an installer reads as requirements, or as options of requirements."""
    programs = (at for at, word in enumerate(words) if word.rpartition("/")[2] in _INSTALLERS)
    start = next(programs, len(words))
    verb = next((at for at in range(start, len(words)) if words[at] in _VERBS), None)
    if verb is not None:
        return words[verb + 1 :]
    # `uv run --with X command`: the command's own words are not requirements.
    found: list[str] = []
    for at in range(start, len(words)):
        option, equals, _ = words[at].partition("=")
        if option.startswith("--with"):
            found += words[at : at + (1 if equals else 2)]
    return found


def argument_lines(words: Iterable[str]) -> Iterator[str]:
    """Yield the arguments of ``pip install`` as lines of a requirements file."""
    following = iter(words)
    for word in following:
        option, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if option in _LINE_STARTS:
            yield _LINE_STARTS[option] + (value if equals else next(following, ""))
        elif option in _OTHER_VALUES and not equals:
            next(following, "")
        elif not word.startswith("-") or word[:2] in _LINE_STARTS:
            yield word
