"""Fill in the placeholders of a tier's ``reads``, so that one pattern names a path for each plugin."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.names import normalize
from commonhold.workspace.patterns import Patterns, escape

if TYPE_CHECKING:
    from commonhold.projects.names import Name
    from commonhold.workspace.config.values import Tier


def reads_of(tier: Tier, name: Name, folder: str) -> Patterns | None:
    """Return a tier's ``reads`` for one plugin, given its distribution and the name of its folder."""
    reads = tier.testing.reads
    if reads is None or not any("{" in source for source in reads.sources):
        return reads
    values = {"{name}": short_name(tier.distribution, name), "{folder}": folder}
    sources = list(reads.sources)
    for placeholder, value in values.items():
        sources = [source.replace(placeholder, escape(value)) for source in sources]
    return Patterns(sources)


def short_name(template: str | None, name: Name) -> str:
    """Return the part of a distribution's name that ``{name}`` stands for in the tier's ``distribution``.

    >>> short_name("Acme_Plugins-{name}", "acme-plugins-spark")
    'spark'
    """
    before, _, after = (template or "{name}").partition("{name}")
    before, after = normalize(before), normalize(after)
    fits = name.startswith(before) and name.endswith(after) and len(name) > len(before) + len(after)
    return name[len(before) : len(name) - len(after)] if fits else name
