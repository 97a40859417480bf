"""Replace the placeholders of a template: each value is escaped as the format of the file requires."""

from __future__ import annotations

import ast
from string import Template as Text
from typing import TYPE_CHECKING

from commonhold.errors import ConfigurationError
from commonhold.projects.paths import PROJECT_FILES
from commonhold.projects.toml import parse_toml
from commonhold.scaffold.new.templates import QUICK_START, SUFFIX, licence_text
from commonhold.workspace.config.reader import toml_string

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.scaffold.new.new_plugin import NewPlugin

_MARKUP = {ord(char): f"\\{char}" for char in "\\`*_[]<>&|"}


def render_files(plugin: NewPlugin) -> dict[str, bytes]:
    """Return the files of a plugin by path, relative to its folder.

    Raises ``ConfigurationError`` if a file has an unknown placeholder, or is not valid afterwards.
    """
    contents = plugin.template.files
    start = _decode(QUICK_START, contents.get(QUICK_START, b""))
    quick_start = _substitute(QUICK_START, start, _markdown_values(plugin, "")).rstrip("\n")
    rendered: dict[str, bytes] = {}
    for source, content in contents.items():
        path = _substitute(source, source.removesuffix(SUFFIX), _names(plugin))
        if source == QUICK_START or (path == "Dockerfile" and not plugin.needs_image):
            continue
        if source.endswith(SUFFIX):
            text = _substitute(source, _decode(source, content), _values(path, plugin, quick_start))
            _check(path, text)
            content = text.encode()  # noqa: PLW2901
        _check_path(path, rendered)
        rendered[path] = content
    if rendered.keys().isdisjoint(PROJECT_FILES):
        raise ConfigurationError(
            f"the template {plugin.template.name} contains no {', '.join(PROJECT_FILES[:-1])} or {PROJECT_FILES[-1]}",
            hint='Add the file, or write `extends = "base"` in template.toml.',
        )
    return rendered


def _decode(source: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{source} of the template is not UTF-8", hint=f"Files that are copied do not end with {SUFFIX}."
        ) from error


def _check_path(path: str, rendered: Mapping[str, bytes]) -> None:
    """Check the path of a new file, also for systems that ignore case. Raises ``ConfigurationError``."""
    if not path.isprintable():
        raise ConfigurationError(f"{path!r} of the template is not a file name that every system accepts")
    same = next((other for other in rendered if other.casefold() == path.casefold()), None)
    if same is not None:
        raise ConfigurationError(f"{same} and {path} of the template are the same file on some systems")


def render_step(text: str, plugin: NewPlugin) -> str:
    """Replace the placeholders in a remaining step."""
    return _substitute("next-steps", text, {**_names(plugin), "folder": plugin.shown_folder})


def _substitute(source: str, text: str, values: Mapping[str, str]) -> str:
    try:
        return Text(text).substitute(values)
    except KeyError as error:
        known = ", ".join(f"${key}" for key in sorted(values))
        raise ConfigurationError(
            f"{source} of the template uses the placeholder ${error.args[0]}, which this kind of file does not have",
            hint=f"Placeholders: {known}. Write $$ for a dollar sign.",
        ) from error
    except ValueError as error:
        raise ConfigurationError(
            f"{source} of the template contains a `$` that starts no placeholder: {error}",
            hint="Write $$ for a dollar sign.",
        ) from error


def _check(path: str, text: str) -> None:
    """Check that a file is valid in its format. Raises ``ConfigurationError``."""
    if path.endswith(".toml"):
        parse_toml(text.encode(), path)
    elif path.endswith(".py"):
        try:
            ast.parse(text)
        except (SyntaxError, ValueError) as error:
            raise ConfigurationError(f"{path} of the template is not valid Python: {error}") from error


def _values(path: str, plugin: NewPlugin, quick_start: str) -> Mapping[str, str]:
    if path.endswith(".toml"):
        return _toml_values(plugin)
    if path.endswith(".py"):
        return _python_values(plugin)
    if path.endswith(".md"):
        return _markdown_values(plugin, quick_start)
    if path.startswith("LICENSE"):
        holders = ", ".join(each.name for each in plugin.answers.maintainers)
        return {"license_text": licence_text(plugin.answers.license, plugin.day.year, holders)}
    return _names(plugin)


def _names(plugin: NewPlugin) -> dict[str, str]:
    """Return the values that need no escaping, because they contain only letters, digits and ``-_./``."""
    names = plugin.names
    return {
        "name": names.name,
        "distribution": names.distribution,
        "package": names.package,
        "package_path": names.package_path,
        "module": names.module,
        "class_name": names.class_name,
        "license": plugin.answers.license,
        "python_lowest": plugin.pythons[0],
        "python_newest": plugin.pythons[-1],
    }


def _python_values(plugin: NewPlugin) -> dict[str, str]:
    escaped = plugin.answers.description.replace("\\", "\\\\").replace('"', '\\"')
    return {**_names(plugin), "description": escaped}


def _markdown_values(plugin: NewPlugin, quick_start: str) -> dict[str, str]:
    return {
        **_names(plugin),
        "description": plugin.answers.description.translate(_MARKUP),
        "maintainers": "\n".join(
            f"- {each.name.translate(_MARKUP)} (<{each.email}>)" for each in plugin.answers.maintainers
        ),
        "quick_start": quick_start,
        "tier": plugin.tier.name.translate(_MARKUP),
        **plugin.statements,
    }


def _toml_values(plugin: NewPlugin) -> dict[str, str]:
    """Return values of TOML: a placeholder in a TOML file stands for a whole value or table."""
    names, answers = plugin.names, plugin.answers
    people = [(each.name, each.email) for each in answers.maintainers]
    top = names.package.partition(".")[0]
    tables = [f"{{ name = {toml_string(name)}, email = {toml_string(email)} }}" for name, email in people]
    return {
        **{key: toml_string(value) for key, value in _names(plugin).items()},
        "description": toml_string(answers.description),
        "maintainers": _array(tables),
        "poetry_maintainers": _strings(map(str, answers.maintainers)),
        "keywords": _strings(plugin.keywords),
        "classifiers": _strings(plugin.classifiers),
        "requires_python": toml_string(f">={plugin.pythons[0]}"),
        "import_keys": _import_keys(plugin),
        "packages": _strings([top]),
        "poetry_packages": _array([f"{{ include = {toml_string(names.package_path)} }}"]),
        "dependencies": _strings(plugin.dependencies),
        "poetry_core": toml_string(plugin.poetry_core),
        "main": toml_string(f"{names.package}.{names.module}:main"),
        "entry_points": _entry_points(plugin),
        "urls": f"\n[project.urls]\nSource = {toml_string(plugin.page)}\n" if plugin.page else "",
        "poetry_repository": f"repository = {toml_string(plugin.page)}" if plugin.page else "",
        "template_table": _template_table(plugin),
    }


def _import_keys(plugin: NewPlugin) -> str:
    """Return the names of PEP 794; a package outside a namespace has no key for namespaces."""
    names = f"import-names = {_strings([plugin.names.package])}"
    namespaces = plugin.names.namespaces
    return f"{names}\nimport-namespaces = {_strings(namespaces)}" if namespaces else names


def _entry_points(plugin: NewPlugin) -> str:
    group = plugin.template.entry_point_group
    if group is None:
        return ""
    table = f"[project.entry-points.{toml_string(group)}]"
    return f"\n{table}\n{toml_string(plugin.entry_point)} = {toml_string(plugin.names.package)}\n"


def _template_table(plugin: NewPlugin) -> str:
    answers, template = plugin.answers, plugin.template
    return "\n".join(
        (
            "# The template and the answers from which this plugin was created, for later updates of the template.",
            "[tool.commonhold.template]",
            f"name = {toml_string(template.name)}",
            f"version = {template.version}",
            f"origin = {toml_string(template.origin)}",
            "",
            "[tool.commonhold.template.answers]",
            f"name = {toml_string(answers.name)}",
            f"tier = {toml_string(answers.tier)}",
            f"description = {toml_string(answers.description)}",
            f"maintainers = {_strings(map(str, answers.maintainers))}",
            f"license = {toml_string(answers.license)}",
        )
    )


def _strings(texts: Iterable[str]) -> str:
    return _array(map(toml_string, texts))


def _array(items: Iterable[str]) -> str:
    """Return an array of TOML, with one item in a line if the array is long."""
    listed = list(items)
    line = f"[{', '.join(listed)}]"
    return line if len(line) < 90 else "\n".join(("[", *(f"    {item}," for item in listed), "]"))
