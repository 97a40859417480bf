"""Test the reader of a wheel's metadata, also with files that are damaged."""

from __future__ import annotations

import pytest

from commonhold.release.model.wheel_metadata import MAX_METADATA_BYTES, read_wheel_metadata
from tests.release.artifacts import make_zip

WHEEL = make_zip([("x-1.dist-info/METADATA", b"Metadata-Version: 2.1\nName: x\nRequires-Dist: y\n\nWords.\n")])
AT = WHEEL.index(b"PK\x01\x02")


def test_requirements_of_a_wheel_are_read() -> None:
    assert read_wheel_metadata(WHEEL)["requires_dist"] == ["y"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no zip file",
        WHEEL[:-30],
        WHEEL[:30] + b"\xff" * 40 + WHEEL[70:],  # content that cannot be decompressed
        WHEEL[: AT + 10] + b"\x63" + WHEEL[AT + 11 :],  # an unknown compression method
        WHEEL[: AT + 8] + b"\x01" + WHEEL[AT + 9 :],  # encrypted
        WHEEL[: AT + 10] + b"\x0e" + WHEEL[AT + 11 :],  # compressed with LZMA
        make_zip([("x-1.dist-info/deep/METADATA", b"Name: x\n"), ("METADATA", b"Name: x\n")]),
    ],
)
def test_an_unreadable_wheel_has_no_metadata(data: bytes) -> None:
    assert read_wheel_metadata(data) == {}


def test_only_the_beginning_of_an_endless_description_is_read() -> None:
    endless = make_zip([("x-1.dist-info/METADATA", b"Name: x\n\n" + b"0" * (2 * MAX_METADATA_BYTES))])
    assert len(read_wheel_metadata(endless)["description"]) < MAX_METADATA_BYTES
