from __future__ import annotations

import pytest

from commonhold.projects import read_metadata
from commonhold.projects.metadata import Metadata, Problem
from tests.projects.read_files import dependencies, dependency, messages, named, read, setup

UNKNOWN = "can only be determined by running setup.py; write it as a literal, or move it to pyproject.toml"


def test_every_argument_of_a_plain_call_is_read() -> None:
    metadata = setup("""
PLUGIN = "K8s_Pod"
name = f"flytekitplugins-{PLUGIN}"
requires = ["flytekit>=1.3,<2", "kubernetes[Async]>=9"]
setup(
    name=name, install_requires=requires, extras_require={"Dev_All": [name + "[x]"], ":python_version<'3'": ["old"]},
    setup_requires="wheel\\ncython", tests_require=["pytest"], python_requires=">=3.9", license_files=["LICENSE"],
    classifiers=["A :: B"], packages=[f"flytekitplugins.{PLUGIN}"],
)""")
    assert metadata == Metadata(
        name=dependency("flytekitplugins-k8s-pod").name,
        requires_python=">=3.9",
        classifiers=("A :: B",),
        runtime=(dependency("flytekit"), dependency("kubernetes", "async"), dependency("old")),
        extras={named("dev-all"): (dependency("flytekitplugins-k8s-pod", "x"),)},
        groups={named("tests-require"): dependencies("pytest")},
        build=dependencies("wheel", "cython"),
        names=frozenset({"plugins/x/LICENSE"}),
        ships=frozenset({"plugins/x/flytekitplugins/K8s_Pod"}),
    )


@pytest.mark.parametrize(
    "value",
    [
        '["a"] + ["b"]',
        '["a", *["b"]]',
        '("a",) + ("b",)',
        '"a b".split()',
        '"a\\nb"',
        '"a\\n# comment\\nb  # comment\\n".splitlines()',
        '",".join(["a", "b"]).split(",")',
        '["%s" % "a", "{}{x}".format("", x="b")]',
        '["%(n)s" % {"n": "a"}, "{0}".format("b")]',
        '[f"{n}" for n in ("a", "b")]',
        '[n.strip() for n in ["a ", "# c", " b"] if n and not n.startswith("#")]',
        'list({"a": 1, "b": 2})',
        'sorted({"b", "a"})',
        'dict(x=["a", "b"])["x"]',
        '{**{"x": []}, "x": ["a", "b"]}["x"]',
        'sum([["a"], ["b"]], [])',
        'list(filter(None, ["a", "b"]))',
        '["a", "b"] if True else ["c"]',
        '[] or ["a", "b"]',
        '["z", "a", "b"][1:]',
        'sorted(["a", "b"], key=len)',
        '{k: v for k, v in {"x": ["a", "b"]}.items()}.get("x")',
        'list({n for n in "ab"})',
        '[*{"x": "a"}.values(), *{"b": 1}]',
        'dict([("x", ["a", "b"])]).get("y", ["a", "b"])',
        'tuple(n.lower() for n in "AB")',
        'str("a b").split(" ")',
        '{"x": ["a", "b"]}.pop("x")',
        '"a-b".replace("-", " ").split()',
        '["b", "a"][::-1]',
        '"%s%%" % "a" and ["a", "b"]',
        '["{{}}".format() and "a", "b"]',
        '(n := "a") and [n, "b"]',
        '["a", "b"] if not "" else []',
        '["a", "b"] if "a" in ("a",) and "x" not in "abc" and 1 != 2 else []',
        '["a", "ab"[-1]]',
        '["a", "b" + unknown]',
        '["a", f"b{unknown}"]',
        '["a", "b%s" % unknown]',
        '["a", f"b=={1.5:.1f}"]',
    ],
)
def test_a_constant_expression_is_evaluated(value: str) -> None:
    metadata = setup(f"import unknown\nsetup(name='x', install_requires={value})")
    assert (set(metadata.runtime), metadata.problems) == (set(dependencies("a", "b")), ())


@pytest.mark.parametrize(
    "body",
    [
        "r = ['a']\nr += ['b']",
        "r = ['a']\nr.append('b')",
        "r = []\nr.extend(['a', 'b'])",
        "r = s = ['a']\ns.append('b')",
        "d = {'r': ['a']}\nr = d['r']\nd['r'].append('b')",
        "r = ['z']\nr = ['a', 'b']",
        "r: list[str] = ['a', 'b']",
        "r, _ = (['a', 'b'], 1)",
        "r = []\nfor n in 'ab':\n    r.append(n)",
        "r = ['a', 'b']\nif 'a' not in r:\n    r = []",
        "def f(more, *, last):\n    found = ['a']\n    found += more\n    return found\nr = f(['b'], last=0)",
        "def f(n='a'):\n    if n:\n        return [n, 'b']\n    return []\nr = f()",
        'exec(\'r = ["a", "b"]\')',
        "r = ['a']\nr.insert(0, 'b')",
        "d = {}\nd.setdefault('r', []).append('a')\nd.update(s=1)\nr = d['r']\nr.append('b')",
        "d = {'r': ['a']}\nd['r'] += ['b']\nr = d.get('r')",
        "d = {}\nd |= {'r': ['a', 'b']}\nr = d['r']",
        "def f(*args, **kwargs):\n    return [args[0], kwargs['b']]\nr = f(*['a'], **{'b': 'b'})",
        "def f(a, /, *, b='b'):\n    return [a, b]\nr = f('a')",
        "def f():\n    pass\nr = f() or ['a', 'b']",
        "for r in (['a', 'b'], ['z']):\n    break\nelse:\n    r = []",
        "r = []\nfor n in 'azb':\n    if n == 'z':\n        continue\n    r.append(n)",
        "try:\n    r = ['a', 'b']\nfinally:\n    pass",
        "scope = {}\nexec(compile('r = [\"a\", \"b\"]', 'f', 'exec'), scope)\nr = scope['r']",
        "with open('r.txt') as f:\n    r = f.read().splitlines()",
        "with open('r.txt') as f:\n    r = [line.strip() for line in f]",
        "r = [line for line in open('r.txt').readlines()]",
        "r = open('r.txt').read()",
        "from pathlib import Path\nr = (Path(__file__).parent / 'r.txt').read_text().split()",
        "from pathlib import Path\nr = (Path(__file__).resolve().parents[0] / 'r.txt').read_text().split()",
        "import pathlib\nr = pathlib.Path(__file__).resolve().parent.joinpath('r.txt').open().read()",
        "import os\nr = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'r.txt')).read()",
        "import os.path as p, io\nr = list(io.open(p.join(p.dirname(__file__), 'r.txt')))",
        "def read(*parts):\n    with open('/'.join(parts)) as f:\n        return f.read()\nr = read('.', 'r.txt')",
        "r = ['a']\nif unknown:\n    r.append('b')",
        "r = ['a']\nfor n in unknown:\n    r.append('b')",
        "r = ['a']\ntry:\n    import b\nexcept ImportError:\n    r.append('b')\nelse:\n    pass\nfinally:\n    pass",
        "r = ['a']\nunknown and r.append('b')",
    ],
)
def test_statements_are_followed_in_order(body: str) -> None:
    metadata = setup(f"import unknown\n{body}\nsetup(name='x', install_requires=r)", **{"r.txt": "a\nb\n"})
    assert (set(metadata.runtime), metadata.problems) == (set(dependencies("a", "b")), ())


def test_an_item_that_is_removed_stays_because_too_many_requirements_are_sound() -> None:
    metadata = setup("r = ['z', 'a']\nr.append('b')\nr.remove('z')\nsetup(name='x', install_requires=r)")
    assert (metadata.runtime, metadata.problems) == (dependencies("z", "a", "b"), ())


@pytest.mark.parametrize(
    "body",
    [
        "r = unknown()",
        "r = ['a', unknown]",
        "r = ['a', f'{unknown}b']",
        "r = ['a', f'b[{unknown}]']",
        "r = ['a']\nif unknown:\n    r = ['b']",
        "for r in unknown:\n    pass",
        "r = ['a']\nchange(r)",
        "r = ['a']\nunknown.change(r)",
        "import r",
        "r = ['a'] if unknown else ['b']",
        "r = [n for n in unknown]",
        "r = open('nowhere.txt').read()",
        "r = open('../../../beyond.txt').read()",
        "r = ['a']\nr[0] = unknown",
        "def f():\n    if unknown:\n        return ['a']\n    return ['b']\nr = f()",
        "def f():\n    yield 'a'\nr = f()",
        "@unknown\ndef f():\n    return ['a']\nr = f()",
        "r = ['a']\nmatch unknown:\n    case 1:\n        r.append(unknown)",
        "class r:\n    pass",
        "async def r():\n    pass",
        "r = ['a'] * 2",
        "del r",
    ],
)
def test_a_value_that_only_running_would_determine_is_a_problem(body: str) -> None:
    (message,) = messages(setup(f"import unknown\n{body}\nsetup(name='x', install_requires=r)"))
    assert message in (
        f"a part of install_requires {UNKNOWN}",
        "install_requires: '…b' is not a requirement; use PEP 508 syntax",
        "install_requires: 'b[…]' is not a requirement; use PEP 508 syntax",
    )


@pytest.mark.parametrize(
    "call",
    [
        "import setuptools\nsetuptools.setup(name='x')",
        "import setuptools as tools\ntools.setup(name='x')",
        "from setuptools import *\nsetup(name='x')",
        "from distutils.core import setup\nsetup(name='x')",
        "from distutils import core\ncore.setup(name='x')",
        "try:\n    from setuptools import setup\nexcept E:\n    from distutils.core import setup\nsetup(name='x')",
        "from setuptools import setup\nif __name__ == '__main__':\n    setup(name='x')",
        "from setuptools import setup as s\ndef main():\n    s(name='x')\nmain()",
        "from setuptools import setup\nkwargs = dict(name='y')\nkwargs['name'] = 'x'\nsetup(**kwargs)",
        "from setuptools import setup\nif unknown:\n    setup(name='x')\nelse:\n    setup(name='X')",
        "import sys\nfrom setuptools import setup\nif sys.version_info < (3, 8):\n    sys.exit(1)\nsetup(name='x')",
    ],
)
def test_setup_is_found_however_it_is_called(call: str) -> None:
    metadata = read({"setup.py": call})
    assert (metadata.name, metadata.problems) == ("x", ())


def test_calls_under_different_conditions_add_up_if_they_agree_on_the_name() -> None:
    body = (
        "if unknown:\n    setup(name='x', install_requires=['a'])\nelse:\n    setup(name='x', install_requires=['b'])"
    )
    assert setup(body).runtime == dependencies("a", "b")
    assert messages(setup("if unknown:\n    setup(name='x')\nelse:\n    setup(name='y')")) == [
        "setup() is called for 'y' and 'x'; split the file"
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("print 'Python 2'", "the file cannot be parsed as Python; move its metadata to pyproject.toml"),
        (
            "import setuptools",
            "the file contains no setup() call that can be read statically; move its metadata to pyproject.toml",
        ),
        (
            "raise SystemExit",
            "the file contains no setup() call that can be read statically; move its metadata to pyproject.toml",
        ),
        ("from setuptools import setup\nsetup(name=unknown)", f"name {UNKNOWN}"),
        (
            "from setuptools import setup\nsetup(name='x', **unknown)",
            f"a part of the arguments of setup() {UNKNOWN}",
        ),
        (
            "from setuptools import setup\nsetup(name='x', extras_require=unknown)",
            f"a part of extras_require {UNKNOWN}",
        ),
        (
            "from setuptools import setup\nsetup(name='x', extras_require={'-': ['a']})",
            "extras_require['-'] is not a valid extra name; write it as a literal",
        ),
        ("from setuptools import setup\nsetup()", "no file contains the project's name; add it"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(source: str, message: str) -> None:
    assert read({"setup.py": source}).problems == (Problem("plugins/x/setup.py", message),)


def test_a_file_that_setup_py_opens_counts_by_its_folder() -> None:
    metadata = setup(
        "setup(name='x', long_description=open('README.md').read(), version=open('../VERSION').read())",
        **{"plugins/VERSION": "1", "README.md": "x"},
    )
    assert (metadata.names, metadata.reads) == (
        frozenset({"plugins/x/README.md"}),
        frozenset({"plugins/VERSION"}),
    )


def test_a_readme_that_no_requirement_depends_on_is_not_read() -> None:
    asked: list[str] = []
    source = b"from setuptools import setup\nsetup(name='x', long_description=open('README.md').read())"

    def answer(path: str) -> bytes | None:
        asked.append(path)
        return {"setup.py": source}.get(path)

    assert read_metadata("", answer, ["setup.py"]).name == "x"
    assert "README.md" not in asked
