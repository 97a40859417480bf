"""The syntax, functions and methods that the evaluator of ``setup.py`` supports: add one only for a real file."""

from __future__ import annotations

import pytest

from commonhold.projects.static_eval import evaluate, functions, methods
from tests.projects.read_files import messages, setup

# Each with the kind of real file that needs it.
SYNTAX = {
    "AnnAssign": "a version or a list of requirements with a type annotation",
    "Assert": "a check of the version's format before setup() is called",
    "Assign": "requirements and the name in variables",
    "Attribute": "setuptools.setup, os.path.join",
    "AugAssign": "extras_require['all'] += ...",
    "BinOp": "requirements of several lists added up; paths joined by /",
    "BoolOp": "a default for an environment variable",
    "Break": "a version searched line by line",
    "Call": "setup() itself",
    "ClassDef": "a command of setuptools",
    "Compare": "if __name__ == '__main__'; a comparison of sys.version_info",
    "Constant": "a name",
    "Continue": "comments skipped while a requirements file is read",
    "Dict": "extras_require",
    "DictComp": "an extra for each requirements file",
    "Expr": "the call of setup()",
    "For": "an extra for each requirements file",
    "FunctionDef": "a function that reads a requirements file or the version",
    "GeneratorExp": "requirements filtered while a file is read",
    "If": "requirements for old Python versions or one platform",
    "IfExp": "a version with or without a pre-release suffix",
    "Import": "import setuptools",
    "ImportFrom": "from setuptools import setup",
    "JoinedStr": "a plugin's name made from a constant; a pin on the core's version",
    "List": "install_requires",
    "ListComp": "a requirements file without its comments",
    "Name": "requirements in a variable",
    "NamedExpr": "a requirements file read line by line",
    "Pass": "an except block that ignores a missing readme",
    "Raise": "an unsupported Python version",
    "Return": "a function that reads a requirements file or the version",
    "Set": "requirements excluded from an extra",
    "SetComp": "the 'all' extra without duplicates",
    "Subscript": "extras_require['all'] = ...; about['__version__']",
    "Try": "setuptools or, failing that, distutils; a readme that may be missing",
    "Tuple": "requirements in a tuple; the parts of a version",
    "UnaryOp": "an environment variable that must not be set",
    "With": "a readme, a version file or a requirements file opened for reading",
    "Yield": "nothing: the result of a generator is unknown",
    "YieldFrom": "nothing: the result of a generator is unknown",
}
FUNCTIONS = {
    "codecs.open": "files read as UTF-8 since Python 2",
    "compile": "exec(compile(text, ...)) of a version file",
    "dict": "setup(**dict(...)); namespaces for exec",
    "filter": "empty lines of a requirements file left out",
    "frozenset": "the 'all' extra without duplicates",
    "io.open": "files read as UTF-8 since Python 2",
    "itertools.chain": "the 'all' extra: all lists of extras_require",
    "itertools.chain.from_iterable": "the 'all' extra: all lists of extras_require",
    "list": "the 'all' extra: list(set(...))",
    "open": "a readme, a version file or a requirements file",
    "os.getcwd": "the folder of a requirements file",
    "os.path.abspath": "the folder of setup.py",
    "os.path.basename": "an extra named after a requirements file",
    "os.path.dirname": "the folder of setup.py",
    "os.path.join": "a file next to setup.py",
    "os.path.realpath": "the folder of setup.py",
    "pathlib.Path": "a file next to setup.py",
    "set": "the 'all' extra without duplicates",
    "sorted": "the 'all' extra: sorted(set(...))",
    "str": "a path passed to open()",
    "sum": "the 'all' extra: sum(extras_require.values(), [])",
    "tuple": "the 'all' extra as a tuple",
}
IGNORED = {
    "len": "a check of sys.argv",
    "print": "a notice about the version",
    "os.path.exists": "an optional file",
    "setuptools.find_namespace_packages": "packages=...",
    "setuptools.find_packages": "packages=...",
}
TEXT_METHODS = {
    "absolute": "the folder of setup.py as a path",
    "endswith": "lines of a requirements file",
    "format": "a pin on the core's version",
    "join": "requirements joined to one text",
    "joinpath": "a file next to setup.py",
    "lower": "a name made from a title",
    "lstrip": "lines of a requirements file",
    "open": "a path opened for reading",
    "partition": "a marker split off a requirement",
    "read_text": "a path read at once",
    "replace": "a name with dashes for underscores",
    "resolve": "the folder of setup.py as a path",
    "rstrip": "lines of a requirements file",
    "split": "lines of a requirements file; the parts of a version",
    "splitlines": "lines of a requirements file",
    "startswith": "comments of a requirements file",
    "strip": "lines of a requirements file; a version file",
}
LIST_METHODS = {
    "add": "a set of requirements filled in a loop",
    "append": "a requirement for one platform",
    "extend": "requirements for old Python versions",
    "insert": "a backport for old Python versions",
    "remove": "a requirement dropped on a build service",
    "sort": "requirements in alphabetical order",
    "update": "a set of requirements filled from a file",
}
DICT_METHODS = {
    "get": "an optional entry of a version file",
    "items": "the extras in a loop",
    "pop": "an extra that 'all' leaves out",
    "setdefault": "requirements with a marker sorted into extras (':condition')",
    "update": "extras read from files",
    "values": "the 'all' extra: all lists of extras_require",
}


def test_everything_that_is_supported_is_listed_with_the_kind_of_file_that_needs_it() -> None:
    assert {kind.__name__ for kind in (*evaluate._EXPRESSIONS, *evaluate._STATEMENTS)} == SYNTAX.keys()
    assert functions.FUNCTIONS.keys() == FUNCTIONS.keys()
    assert set(functions.IGNORED) == IGNORED.keys()
    assert methods.TEXT_METHODS | methods.TEXT_FUNCTIONS.keys() == TEXT_METHODS.keys()
    assert set(methods.LIST_METHODS) == LIST_METHODS.keys()
    assert set(methods.DICT_METHODS) == DICT_METHODS.keys()


@pytest.mark.parametrize(
    "change",
    [
        "while platform.node(): x.append('b')",
        "while platform.node(): other.append('b')",
        "async def f(): pass\nx.reverse()",
        "del x[0]",
        "x[0] = 'b'",
        "x.clear()",
        "x.pop()",
        "x = x.copy()",
        "x = x | {'b'}",
        "x = [*map(str, x)]",
        "x = list(reversed(x))",
        "x = set(x).union(['b'])",
        "x = set(x) | {'b'}",
        "x = 'a b'.rsplit()",
        "x = list({'a': 1}.keys())",
        "f = lambda: x.append('b')\nf()",
        "def f():\n    global x\n    x = ['b']\nf()",
        "def f():\n    global x\n    x.append('b')\nf()",
        "def f(): x.append('b')\nwhile platform.node(): f()",
        "def f():\n    def g(): x.append('b')\n    g()\nwhile platform.node(): f()",
        "match platform.node():\n    case x: pass",
        "def f():\n    while platform.node(): return ['b']\n    return x\nx = f()",
        "for x in (x, ['b']):\n    match platform.node():\n        case 'z': break",
        "while platform.node():\n    import b as x",
        "exec(platform.node())",
        "d['e'].reverse()",
        "d = d | {'e': ['b']}",
        "d = d.copy()",
        "d.clear()",
    ],
)
def test_unsupported_code_makes_requirements_unreadable_and_never_missing(change: str) -> None:
    source = f"import platform\nx = ['a']\nother = x\nd = {{'e': x}}\n{change}\nsetup(name='n', install_requires=x, extras_require=d)"
    assert any("can only be determined by running setup.py" in message for message in messages(setup(source)))


def test_a_call_of_setup_in_syntax_that_is_not_supported_is_unreadable() -> None:
    body = "import platform\nsetup(name='n')\nwhile platform.node(): setup(name='n', install_requires=['b'])"
    (message,) = messages(setup(body))
    assert message.startswith("a part of the arguments of setup() can only be determined by running setup.py")
