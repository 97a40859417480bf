"""Projects of every format that declare the same requirements, for property tests of the reader and the writer."""

from __future__ import annotations

from hypothesis import strategies as st

HATCH = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
STATIC = '[project]\nname = "plug-a"\nversion = "1"\n'
DYNAMIC = (
    SETUPTOOLS + '[project]\nname = "plug-a"\nversion = "1"\ndynamic = ["dependencies"]\n'
    '[tool.setuptools.dynamic]\ndependencies = { file = ["needs.txt"] }\n'
)
POETRY = '[tool.poetry]\nname = "plug-a"\nversion = "1"\n[tool.poetry.dependencies]\npython = "^3.9"\n'
CFG = "[metadata]\nname = plug-a\nversion = 1\n[options]\n"

NAMES = st.sampled_from(["corelib", "Core.Lib_2", "numpy", "x-y"])
EXTRAS = st.sampled_from(["", "[a]", "[B_b, c]"])
SPECIFIERS = st.sampled_from(["", ">=1", "~=1.4", "==1.*", ">=1.2,<2", "!=1.5,>=1", "<1.0"])
MARKERS = st.sampled_from(["", "python_version < '3.12'", "os_name == 'nt' and python_version >= '3.9'"])
REQUIREMENTS = st.lists(st.tuples(NAMES, EXTRAS, SPECIFIERS, MARKERS), max_size=5)
Parts = tuple[str, str, str, str]

STALE = {
    "setup.py": "from setuptools import setup\nsetup(name='plug-a', version='0', install_requires=['stale<1'])\n",
    "setup.cfg": CFG + "install_requires =\n    stale<2\n",
    "requirements.txt": "stale<3\n",
}


def written(parts: Parts) -> str:
    name, extras, specifier, marker = parts
    return f"{name}{extras}{specifier}" + (f" ; {marker}" if marker else "")


def array(listed: list[Parts]) -> str:
    return "[" + ", ".join(f'"{written(parts)}"' for parts in listed) + "]"


def in_project_table(draw: st.DrawFn, listed: list[Parts]) -> dict[str, str]:
    build = draw(st.sampled_from([HATCH, SETUPTOOLS, ""]))
    stale = draw(st.sets(st.sampled_from(sorted(STALE))))
    text = f"{build}{STATIC}dependencies = {array(listed)}\n"
    return {"pyproject.toml": text, **{file: STALE[file] for file in stale}}


def in_metadata_hook(draw: st.DrawFn, listed: list[Parts]) -> dict[str, str]:
    """Literals of uv-dynamic-versioning, or files of hatch-requirements-txt, in ``pyproject.toml`` or ``hatch.toml``."""
    files: dict[str, str] = {}
    if draw(st.booleans()):
        hook = f"metadata.hooks.uv-dynamic-versioning]\ndependencies = {array(listed)}\n"
    else:
        hook = 'metadata.hooks.requirements_txt]\nfiles = ["needs.txt"]\n'
        files["needs.txt"] = "".join(f"{written(parts)}\n" for parts in listed)
    text = f'{HATCH}{STATIC}dynamic = ["dependencies"]\n'
    if draw(st.booleans()):
        return {**files, "pyproject.toml": text, "hatch.toml": f"[{hook}"}
    return {**files, "pyproject.toml": f"{text}[tool.hatch.{hook}"}


def in_included_files(draw: st.DrawFn, listed: list[Parts]) -> dict[str, str]:
    """Requirements files of setuptools: ``-r`` from one to the next, comments, continued lines."""
    files: dict[str, str] = {}
    for at, parts in enumerate(listed):
        line = written(parts)
        if draw(st.booleans()):
            line = line.replace(",", ", \\\n    ").replace(" ; ", " \\\n  ; ")
        files[f"in/r{at}.txt"] = f"# one\n{line}  # end\n-r r{at + 1}.txt\n"
    files[f"in/r{len(listed)}.txt"] = draw(
        st.sampled_from(["", "\n", "# nothing \\\n", "--no-binary :all:\n-r r0.txt"])
    )
    return {**files, "needs.txt": "-r in/r0.txt", "pyproject.toml": DYNAMIC}


def in_setup_py(draw: st.DrawFn, listed: list[Parts]) -> dict[str, str]:
    texts = [written(parts) for parts in listed]
    is_one_text = draw(st.booleans())
    value = repr("\n".join(["# all", *(f"{text}  # one" for text in texts)])) if is_one_text else repr(texts)
    setup = f"from setuptools import setup\nrequires = {value}\nsetup(name='plug-a', version='1', install_requires=requires)\n"
    table = '[project]\nname = "plug-a"\nversion = "1"\ndynamic = ["dependencies"]\n'
    return {"setup.py": setup, **({"pyproject.toml": SETUPTOOLS + table} if draw(st.booleans()) else {})}


def in_conditional_extras(draw: st.DrawFn, listed: list[Parts]) -> dict[str, str]:
    """``extras_require`` with markers as keys: those without an extra's name are required to run."""
    by_marker: dict[str, list[str]] = {}
    for parts in listed:
        by_marker.setdefault(":" + parts[3], []).append(written((*parts[:3], "")))
    return {
        "setup.py": f"from setuptools import setup\nsetup(name='plug-a', version='1', extras_require={by_marker!r})\n"
    }


def in_setup_cfg(draw: st.DrawFn, listed: list[Parts]) -> dict[str, str]:
    texts = [written(parts) for parts in listed]
    if draw(st.booleans()):
        return {"setup.cfg": CFG + "install_requires = file: a.txt, b.txt\n", "a.txt": "\n".join(texts), "b.txt": ""}
    if len(texts) > 1 and not any(parts[3] for parts in listed):
        return {"setup.cfg": CFG + "install_requires = " + ";".join(texts) + "\n"}
    return {"setup.cfg": CFG + "install_requires =\n" + "".join(f"  # one\n    {text}  # end\n" for text in texts)}


def in_poetry(draw: st.DrawFn, listed: list[Parts]) -> dict[str, str]:
    choices: dict[str, list[str]] = {}
    for name, extras, specifier, marker in listed:
        fields = [f'version = "{specifier or "*"}"']
        fields += [f"extras = {extras[1:-1].split(', ')}"] if extras else []
        fields += [f'markers = "{marker}"'] if marker else []
        choices.setdefault(name, []).append("{ " + ", ".join(fields) + " }")
    lines = (
        f'"{name}" = ' + (found[0] if len(found) == 1 and draw(st.booleans()) else f"[{', '.join(found)}]")
        for name, found in choices.items()
    )
    build = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
    return {"pyproject.toml": build + POETRY + "\n".join(lines), **(STALE if draw(st.booleans()) else {})}


FORMATS = [
    in_project_table,
    in_metadata_hook,
    in_included_files,
    in_setup_py,
    in_conditional_extras,
    in_setup_cfg,
    in_poetry,
]


@st.composite
def projects(draw: st.DrawFn) -> tuple[list[Parts], dict[str, str]]:
    """Run-time requirements, and the files of a project that declares them in one of the formats."""
    listed = draw(REQUIREMENTS)
    return listed, draw(st.sampled_from(FORMATS))(draw, listed)
