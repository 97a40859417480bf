"""Decide whether a licence is open source: a plugin index of a community contains only such plugins."""

from __future__ import annotations

from commonhold.checks.licences import licence_names, parse_expression, permits
from commonhold.text import printable

_IDENTIFIERS = """
0BSD AAL AFL-1.1 AFL-1.2 AFL-2.0 AFL-2.1 AFL-3.0 AGPL-3.0-only AGPL-3.0-or-later Apache-1.1 Apache-2.0 APL-1.0
APSL-1.0 APSL-1.1 APSL-1.2 APSL-2.0 Artistic-1.0 Artistic-1.0-cl8 Artistic-1.0-Perl Artistic-2.0 BlueOak-1.0.0
BSD-1-Clause BSD-2-Clause BSD-2-Clause-Patent BSD-3-Clause BSD-3-Clause-LBNL BSL-1.0 CAL-1.0 CAL-1.0-Combined-Work-
Exception CATOSL-1.1 CC0-1.0 CDDL-1.0 CECILL-2.1 CERN-OHL-P-2.0 CERN-OHL-S-2.0 CERN-OHL-W-2.0 CNRI-Python CPAL-1.0
CPL-1.0 CUA-OPL-1.0 ECL-1.0 ECL-2.0 EFL-1.0 EFL-2.0 Entessa EPL-1.0 EPL-2.0 EUDatagrid EUPL-1.1 EUPL-1.2 Fair
Frameworx-1.0 GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later HPND ICU Intel IPA IPL-1.0 ISC Jam
LGPL-2.0-only LGPL-2.0-or-later LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later LiLiQ-P-1.1
LiLiQ-R-1.1 LiLiQ-Rplus-1.1 LPL-1.0 LPL-1.02 LPPL-1.3c MirOS MIT MIT-0 MIT-Modern-Variant Motosoto MPL-1.0 MPL-1.1
MPL-2.0 MPL-2.0-no-copyleft-exception MS-PL MS-RL MulanPSL-2.0 Multics NASA-1.3 Naumen NCSA NGPL Nokia NPOSL-3.0 NTP
OCLC-2.0 OFL-1.1 OFL-1.1-no-RFN OFL-1.1-RFN OGTSL OLDAP-2.8 OLFL-1.3 OSET-PL-2.1 OSL-1.0 OSL-2.0 OSL-2.1 OSL-3.0
PHP-3.0 PHP-3.01 PostgreSQL PSF-2.0 Python-2.0 Python-2.0.1 QPL-1.0 RPL-1.1 RPL-1.5 RPSL-1.0 RSCPL SimPL-2.0 SISSL
Sleepycat SPL-1.0 UCL-1.0 Unicode-3.0 Unicode-DFS-2016 Unlicense UPL-1.0 VSL-1.0 W3C Watcom-1.0 Xnet Zlib ZPL-2.0
ZPL-2.1
"""

OPEN_SOURCE = frozenset(_IDENTIFIERS.split())
"""SPDX identifiers of licences that the Open Source Initiative or the Free Software Foundation accepts."""

_WITH_PLUS = {f"{name.removesuffix('-only')}": name for name in OPEN_SOURCE if name.endswith("-only")}


def licence_problem(licence: str | None) -> str | None:
    """Return why a licence does not show that a plugin is open source; ``None`` if it does.

    >>> licence_problem("MIT"), licence_problem("LicenseRef-Acme")
    (None, 'LicenseRef-Acme is not an open-source licence')
    """
    if licence is None:
        return "it states no licence that can be recognized"
    expression = parse_expression(licence)
    if expression is None:
        return f"{printable(licence)[:100]!r} is not an SPDX expression"
    names = licence_names(expression)
    allowed = tuple(name for name in names if name in OPEN_SOURCE or _WITH_PLUS.get(name) in OPEN_SOURCE)
    return None if permits(expression, allowed) else f"{expression} is not an open-source licence"
