from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.monorepos import CONFIG, Monorepo

if TYPE_CHECKING:
    from pathlib import Path

SKIP = 'on-core-change = "skip"'


def test_the_sentence_names_the_core_though_one_tier_skips_it(tmp_path: Path) -> None:
    monorepo = Monorepo.of(tmp_path, {"constraints.txt": "framework==1\n"})
    affected = monorepo.after("constraints.txt")
    assert affected.selection == "some"
    assert affected.because == "1 of 2 plugins affected: 1 affected indirectly; the core changed: constraints.txt"


def test_the_sentence_names_no_core_that_did_not_change(tmp_path: Path) -> None:
    affected = Monorepo.of(tmp_path).after("official/alone/acme/alone/__init__.py")
    assert affected.because == "1 of 2 plugins affected: 1 changed"


def test_the_sentence_names_no_core_that_only_its_own_plugin_answers_to(tmp_path: Path) -> None:
    config = CONFIG.replace("constraints.txt", "official/alone/pin.txt").replace(
        '["official/*"]', '["official/*"]\n' + SKIP
    )
    affected = Monorepo.of(tmp_path, config=config).after({"official/alone/pin.txt": "framework==2\n"})
    assert affected.because == "1 of 2 plugins affected: 1 changed"
