"""Recognize the texts of common licences by fingerprints, whatever their line breaks, copyright lines and markup."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_WORD = re.compile(r"[a-z0-9]+")
_LENGTH = 5
_DIGITS = 8
_MOST_WORDS = 60_000
_ENOUGH = 0.75


@lru_cache(maxsize=256)  # the plugins of a repository often have the same text
def identify(text: str) -> frozenset[str]:
    """Return the SPDX identifiers of the licences whose complete texts are in ``text``."""
    found = _WORD.findall(text.lower())[:_MOST_WORDS]
    shingles = _shingles(found)
    plain = f" {' '.join(found)} "
    complete = {
        name
        for name, fingerprint in _FINGERPRINTS.items()
        if _share(fingerprint, shingles) >= _ENOUGH and all(f" {phrase} " in plain for phrase in _NEEDED.get(name, ()))
    }
    return frozenset(complete - {shorter for name in complete for shorter in _CONTAINS.get(name, ())})


def has_fingerprint(identifier: str) -> bool:
    """Return whether the text of a licence can be recognized; versions "or later" have the same text."""
    return text_name(identifier) in _FINGERPRINTS


def text_name(identifier: str) -> str:
    """Return the name that :func:`identify` returns for the text of a licence.

    >>> text_name("GPL-3.0-or-later"), text_name("MIT")
    ('GPL-3.0-only', 'MIT')
    """
    return identifier.replace("-or-later", "-only")


def _shingles(found: list[str]) -> frozenset[int]:
    """Return hashes of all sequences of five words."""
    parts = (" ".join(found[at : at + _LENGTH]) for at in range(len(found) - _LENGTH + 1))
    return frozenset(int.from_bytes(blake2b(part.encode(), digest_size=4).digest(), "big") for part in parts)


def _share(fingerprint: str, shingles: Collection[int]) -> float:
    hashes = [int(fingerprint[at : at + _DIGITS], 16) for at in range(0, len(fingerprint), _DIGITS)]
    return sum(each in shingles for each in hashes) / len(hashes)


_CONTAINS: Mapping[str, tuple[str, ...]] = {
    "BSD-3-Clause": ("BSD-2-Clause",),
    "MIT": ("MIT-0",),
    "ISC": ("0BSD",),
}
"""Licences whose texts contain almost all of the text of another licence."""

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "Apache-2.0": ("grant of patent license", "limitation of liability"),
    "BSD-3-Clause": ("endorse or promote products derived from this software",),
    "ISC": ("permission notice appear in all copies",),
    "MIT": ("permission notice",),
}
"""Phrases that distinguish a licence from a similar one."""

# For each licence, the 32 lowest hashes of the sequences of five words in its text.
_FINGERPRINTS: Mapping[str, str] = {
    "Apache-2.0": (
        "000997c1000b5d6200381f88005afe08006998f8008c36d000aad25800fbc336015af50a01750c8401918a5101d43ed102449592"
        "0260a8e702690ce302ac230c02dd99ec036ab3a203a91cea03aab34b03d06e7703ec63340466acfb046ccc8e04a00be804c2087a"
        "04cf4e88050944c005150cd5055437d2056ad82c056b76ff"
    ),
    "MIT": (
        "013fb53401997a6d03d46ce3050ca5a9056fcf11067021a007339f920830d9100c3270230d3061cc0eb1a4230f9b2d6210c774db"
        "10d79567116a66f411f3dbd81252ead6134008fb150e370a16261d6316b0ac08191712b419d4f5951a59fb511a5b9bed1affa0a0"
        "1cf2514b1d273333276ef01b284da02b2b947f3b2dbf316f"
    ),
    "MIT-0": (
        "03d46ce3056fcf11067021a007339f920830d9100d3061cc0eb1a4230f9b2d6210c774db116a66f411f3dbd8134008fb150e370a"
        "16261d6316b0ac08191712b419d4f5951a59fb511a5b9bed1cf2514b276ef01b2b947f3b311616743243d1263432848c35a7316c"
        "395db1ca3bc228cc3dbf04b33e2a6c743ee465064153f467"
    ),
    "BSD-2-Clause": (
        "015bf91d0369c8f003e0b96f044eb4290480d33a079a2186095876d3097206f80a44a7d70a8d07a90b8f6e120dd6a96b111c4cba"
        "11dec64b14310df51433830516386296192bd3d419db0ba91ae5b36d1b4bad231b8e4e7e1bf9a0091cbcb8651dc3b1971f4f92f0"
        "2098eec6218abca52265ff35230d16dd2689fe0d2731da3d"
    ),
    "BSD-3-Clause": (
        "015bf91d0369c8f003e0b96f044eb4290480d33a079a21860830fe6c095876d3097206f80a44a7d70a8d07a90b8f6e120dd6a96b"
        "111c4cba11dec64b14310df51433830516386296192bd3d419db0ba91ae5b36d1b8e4e7e1bf9a0091cbcb8651dc3b1971f4f92f0"
        "2098eec6218abca52265ff35230d16dd23fafc9f2689fe0d"
    ),
    "ISC": (
        "00c308bc0111c156062f6d0706f7d25e074f725d0c8948f10eb49f98112ada5e112d4c611201d5cb12f48cc7137b75a814b3e9b8"
        "166bf3c316be5b8a1af7eda61bf9a0091e69c968245f902325a21c1726da8da927bbdeca2859d7132887e85b2c3633082e504c07"
        "33062b9b330da689334f975a352fbdfb35a7bfa6377517bc"
    ),
    "0BSD": (
        "00c308bc0233a09f0642e84d06b704b906f7d25e074f725d0c8948f10da4e9580eb49f98112d4c611201d5cb12f48cc7137b75a8"
        "14b3e9b8166bf3c31bf9a0091da23cef1e69c968245f902326da8da927bbdeca2887e85b2a0b40922c36330833062b9b330da689"
        "334f975a35a7bfa6377517bc3bbd885a3bc228cc3c73810c"
    ),
    "Zlib": (
        "099a18900a866abb0b9e93d50bfdcd3f0d5ab6450db9a1c40de41e570e5dad610efd04d8113642181179986713a9038b13f3cab3"
        "1c30b68e1c8dfcee1db0fa221f3375d620d4430b21833f70233e1cf323b685da23f720ef241678572473062f2477b20a25738419"
        "26b3548928f4b75629f0195c2c5174f82d50897a2ea67b85"
    ),
    "BSL-1.0": (
        "00f4250c020274af03d46ce3044eb42904c827fd051ad99f056616b4056fcf1107339f920830d91009f3af240a5c0e760aadf0ca"
        "0cd99aa70d3061cc0ee51ae60f9b2d620fe4d3bb10c774db11f3dbd812c4b97a151b9e8416b0ac0817b2391817e9f0081970fd67"
        "19d4f5951a59fb511ae117e11cac4e971cbddac41d19e2a1"
    ),
    "Unlicense": (
        "0030618203d46ce304efa46107339f920830d91008f91e25094a439e0c7708fa0d3061cc0e5ca3580eb1a4230f9b2d620fd8600d"
        "11f3dbd815c87b1c16b0ac0817762c471a03282f1a59fb511ce18c971e20b0562245e94d226dd7ef2295467b233b1c1423e8eac2"
        "289fb89e2b106af12b947f3b2d3c08ea2f67c7673432848c"
    ),
    "PSF-2.0": (
        "0092baa801149f27019013fa02817e650293bfdc02c1e95306a134be06e31a2406e7aa2a08a04e8d095ce2710a38c90e0ada786a"
        "0b5c5c040e9272fd0fd4cede10e49717117d603211f158ce125f4dbe139339f413ba751b14588c0d14d2930a154d875d15517ac7"
        "16087f4a173b6c25179341af17caf9af18eef0a219db0ba9"
    ),
    "CC0-1.0": (
        "002ff29a006e3e080076f576009ecf6900feef12017c906b020987eb0215e11a02554c54025cf44802e4720902e7b9040333da41"
        "03f6d9e90453fd9504731c3304a25c0404ff084a0573e0cb05a7eac005dc144a06249b2c0627d3fa067ffd3306c0efc10792f50e"
        "07d0649208551eaf08f00e3908f404ab095ac683097eaa5d"
    ),
    "MPL-2.0": (
        "000690b200181801001b4bf0006a07fd0074760f007659490076ec3d00796fa00079bd5800952f1d00969f9100c92a0200dcd129"
        "010855f2011064ca0124f8cb014af3b40157472f0166c0e201ab9f5201aba7e501b144a901c46a0f01cec4cd01f7020502214e8c"
        "022a2cf00239f4b5025882e30280395b032db34203a64adf"
    ),
    "GPL-2.0-only": (
        "00154b7c001e4e540037d7c2003e7b570041a71e00665bf500798abc008594b3008b146c008be6f600bfe6f0011a99bb011d67d3"
        "0134e5280153a954018ee8f201feab7b02096fa0021f265702449592024fd45e0255768d026956c1029b175902a7ebed02ac230c"
        "02af15e502afeb4602b1261002fee9c9030199010331570e"
    ),
    "GPL-3.0-only": (
        "00154b7c0023e605002af5f80037d7c200439947005b0efe006bd1f600702360009cd2f1009dbde100cc975f00ce235400d8df08"
        "010414590110567d011a99bb0134e5280139e206013e47310147bc870156e67401598faf015e1a9a0166c0e20187cd6601c80509"
        "01d0734901d7f96d01efd35a01f5a74401feab7b0218ca86"
    ),
    "LGPL-2.1-only": (
        "001e4e54002d6be90037d7c20041a71e00507fd90053fbbb005832ec005ea9380064f89600665bf500798abc007d6e940085e53c"
        "008b146c008be6f600b3765000b4b15f00b6ac9500bfe6f000c0811500c321bf00cd34e000d274e600d855d4010a6c050110567d"
        "01153ef20118b10b011a99bb0121ed2e013d36e4013dd082"
    ),
}
