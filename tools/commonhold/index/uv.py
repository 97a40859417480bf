"""uv as a client of package indexes: its executable, environment, options and error messages."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING, NamedTuple

from commonhold.errors import ToolError, page_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FOR_UV = (
    *("PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("UV_CACHE_DIR", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_STRATEGY"),
    *("UV_FIND_LINKS", "UV_NO_INDEX", "UV_OFFLINE", "UV_EXCLUDE_NEWER", "UV_BUILD_CONSTRAINT", "UV_CONSTRAINT"),
    *("UV_LINK_MODE", "UV_HTTP_TIMEOUT", "UV_HTTP_RETRIES", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_CONFIG_FILE"),
    *("UV_NO_CONFIG", "UV_PYTHON_INSTALL_DIR"),
)
"""The variables that uv needs to read an index. None of these variables allows uv or a build to upload files."""

HOW_TO_INSTALL = f'Run `python -m pip install ".[release]"` in a checkout of commonhold; see {page_url("#install")}'
"""The hint for missing packages when commonhold was installed without its extra."""

# The prefix of every uv message, regardless of its content, in versions since 0.13 and in earlier versions.
_YANK_ADVICE = "a version that it needs was yanked; require another version, or undo the yank on the index"
_PREAMBLE = re.compile(r"(?:error: |× )?(?:No solution found when resolving dependencies:? )?(?:cause: |╰─▶ )?")


PYPI = "https://pypi.org/simple"
"""uv's default index."""

_INDEX_VARIABLES = ("UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_CONFIG_FILE")
_NAMED_INDEX = re.compile(r"[\w-]+=")
_CACHE_CONTROL = {"cache-control": {"api": "max-age=600", "files": "max-age=31536000, immutable"}}

# uv exits with 2 for many reasons; these parts of its messages show that an index did not respond.
_NETWORK_ERRORS = (
    *("error sending request", "Request failed", "operation timed out", "connection", "dns error"),
    *("HTTP status server error", "429 Too Many Requests"),
)


def find_uv(environ: Mapping[str, str]) -> str:
    """Find the uv executable: first in the environment of the running Python, then on ``PATH``.

    The uv in the environment has the version that was installed with commonhold; the uv on ``PATH`` may have any
    version. nox searches in the same order. Raises ``ToolError`` if there is no uv.
    """
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv", path=environ.get("PATH"))
    if found is None:
        raise ToolError("uv is not installed", hint=HOW_TO_INSTALL)
    return found


def uv_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Reduce an environment to the variables that uv needs: third-party builds run by uv must not see secrets."""
    return {**{name: environ[name] for name in _FOR_UV if name in environ}, "LC_ALL": "C.UTF-8"}


def uv_cache(environ: Mapping[str, str]) -> str:
    """Return the folder of uv's cache; it need not exist."""
    parent = environ.get("XDG_CACHE_HOME") or os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".cache")
    return environ.get("UV_CACHE_DIR") or os.path.join(parent, "uv")


def index_arguments(addresses: Sequence[str]) -> list[str]:
    """Return the arguments that make uv search these indexes in this order; no arguments for an empty list."""
    if not addresses:
        return []
    *first, last = addresses
    return [*(word for address in first for word in ("--index", address)), "--default-index", last]


class UvConfigs(NamedTuple):
    """The paths of two configurations of uv with the same indexes.

    With ``cached``, uv reads a page at most every ten minutes, and a file, which indexes never replace, only once. PyPI
    requires its clients to do so. For other indexes, each process of uv would otherwise load every page and the
    metadata of every file again. With ``plain``, uv obeys each index and the option ``--refresh``.
    """

    cached: str
    plain: str


def write_configs(
    folder: str, environ: Mapping[str, str], addresses: Sequence[str] = (), *, target: str | None = None
) -> UvConfigs:
    """Write configurations of uv into a folder. They contain the indexes at these addresses, in this order.

    If there are no addresses, the indexes are those in uv's environment variables, or PyPI. ``target`` is the address
    of an index that receives files at the moment; its pages are never kept.
    """
    extra = (environ.get("UV_INDEX") or environ.get("UV_EXTRA_INDEX_URL") or "").split()
    default = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL") or PYPI
    tables = [_index_table(word) for word in addresses or (*extra, default)]
    tables[-1]["default"] = True
    cached = [table if _same_url(table["url"], target) else {**table, **_CACHE_CONTROL} for table in tables]
    return UvConfigs(_write_indexes(folder, "cached.toml", cached), _write_indexes(folder, "plain.toml", tables))


def _index_table(word: str) -> dict[str, object]:
    """Return the configuration table of an index; the value of uv's variable may be ``NAME=URL``, a URL or a path."""
    name, _, address = word.partition("=") if _NAMED_INDEX.match(word) else ("", "", word)
    url = address if "://" in address else os.path.abspath(address)
    return {**({"name": name} if name else {}), "url": url}


def _same_url(url: object, other: str | None) -> bool:
    return other is not None and str(url).rstrip("/") == other.rstrip("/")


def _write_indexes(folder: str, name: str, tables: Sequence[Mapping[str, object]]) -> str:
    import tomlkit

    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(tomlkit.dumps({"index": tables}))
    return path


def has_own_config(environ: Mapping[str, str]) -> bool:
    """Return whether uv has a configuration file of the user or of the system, which may contain indexes."""
    if environ.get("UV_NO_CONFIG"):
        return False
    home = environ.get("XDG_CONFIG_HOME") or os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".config")
    system = (os.path.join(folder, "uv") for folder in ("/etc", "/etc/xdg"))
    folders = (os.path.join(home, "uv"), *system)
    return "UV_CONFIG_FILE" in environ or any(os.path.exists(os.path.join(each, "uv.toml")) for each in folders)


def without_indexes(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the variables that add indexes to the indexes of a configuration."""
    return {name: value for name, value in environ.items() if name not in _INDEX_VARIABLES}


def uv_reason(output: str) -> str:
    r"""Reduce uv's error message to one line with the reason, without warnings and the usual preamble.

    >>> uv_reason("error: No solution found when resolving dependencies\n  cause: Because x is gone, we can conclude.")
    'Because x is gone, we can conclude.'
    """
    words = " ".join(line.strip() for line in output.splitlines() if not line.startswith("warning:"))
    reason = _PREAMBLE.sub("", words, count=1)
    # The advice comes first, because callers shorten long reasons.
    return f"{_YANK_ADVICE}: {reason}" if "yanked" in reason else reason


def is_network_error(output: str) -> bool:
    """Return whether uv's output shows that an index did not respond."""
    return any(sign in output for sign in _NETWORK_ERRORS)
