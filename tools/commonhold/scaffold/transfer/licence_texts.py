"""Translate the licence texts of older project files to SPDX expressions."""

from __future__ import annotations

_COMMON = {
    "apache": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "apache2": "Apache-2.0",
    "mit": "MIT",
    "mit license": "MIT",
    "bsd-3": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause",
    "agplv3": "AGPL-3.0-only",
    "gplv3": "GPL-3.0-only",
    "mpl 2.0": "MPL-2.0",
    "mpl-2.0": "MPL-2.0",
}


def to_expression(text: str) -> str | None:
    """Return the SPDX expression of a licence text; ``None`` if the text is ambiguous, as ``BSD`` is.

    >>> to_expression("Apache License, Version 2.0"), to_expression("BSD")
    ('Apache-2.0', None)
    """
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    known = _COMMON.get(" ".join(text.lower().split()))
    try:
        return known or canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        return None
