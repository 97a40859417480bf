"""Names of plugins, plugin indexes and versions as users write them, and the forms that documents may contain."""

from __future__ import annotations

import re
from dataclasses import dataclass

from commonhold_plugins.errors import WrongUsageError
from commonhold_plugins.text import quoted

LONGEST = 200
# Compiled when they are first used (by `re`, which keeps them), because a search needs few of them.
_SHORT = r"[a-z0-9][a-z0-9-]*"
_DISTRIBUTION = r"[a-z0-9]+(-[a-z0-9]+)*"
_WRITTEN = r"([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9])"
_FINAL = r"[0-9]{1,9}(\.[0-9]{1,9})*"
_VERSION = r"[A-Za-z0-9][A-Za-z0-9.!+_-]*"


@dataclass(frozen=True)
class Reference:
    """A plugin as a user names it: ``spark``, ``community/spark``, ``acme/spark==1.2``.

    ``source`` is ``None`` for a bare name, which always means a plugin of the default tier.
    """

    name: str
    source: str | None = None
    version: str | None = None

    def __str__(self) -> str:
        return f"{f'{self.source}/' if self.source else ''}{self.name}"


def parse_reference(text: str) -> Reference:
    """Read the name of a plugin as a user writes it. Raises ``WrongUsageError``.

    >>> parse_reference("Acme/My_Spark==1.2")
    Reference(name='my-spark', source='acme', version='1.2')
    """
    written, equals, version = text.strip().partition("==")
    source, slash, name = written.rpartition("/")
    source = source.strip().lower()
    name = name.strip()
    if not is_written(name) or (slash and not is_short(source)):
        message = f"{quoted(text)} is not the name of a plugin"
        raise WrongUsageError(message, hint="Write NAME, TIER/NAME or INDEX/NAME, with ==VERSION if you need one.")
    if equals and not is_version(version.strip()):
        raise WrongUsageError(f"{quoted(version)} is not a version", hint="Write NAME==VERSION, such as spark==1.16.3.")
    return Reference(normalize(name), source or None, version.strip() or None)


def normalize(name: str) -> str:
    """Return the form of a distribution's name that PEP 503 defines.

    >>> normalize("My_Plugin.X")
    'my-plugin-x'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def is_written(text: str) -> bool:
    """Whether text is a distribution's name in any spelling."""
    return len(text) <= LONGEST and re.fullmatch(_WRITTEN, text) is not None


def is_short(text: str) -> bool:
    """Whether text has the form of a short name, and of a tier's or plugin index's name."""
    return len(text) <= LONGEST and re.fullmatch(_SHORT, text) is not None


def is_distribution(text: str) -> bool:
    """Whether text is a normalized name of a distribution."""
    return len(text) <= LONGEST and re.fullmatch(_DISTRIBUTION, text) is not None


def is_version(text: str) -> bool:
    """Whether text is a version of PEP 440."""
    if len(text) > LONGEST or not re.fullmatch(_VERSION, text):
        return False
    if re.fullmatch(_FINAL, text):  # packaging.version takes long to import
        return True
    from packaging.version import InvalidVersion, Version

    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def is_prerelease(version: str) -> bool:
    """Whether a version of PEP 440 is a pre-release or a development release."""
    from packaging.version import Version

    return Version(version).is_prerelease
