"""The pages of a catalogue: their content, their links, and what a second run writes."""

from __future__ import annotations

import dataclasses
import gzip
import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import msgspec
import pytest

from commonhold.catalog.catalog_folder import write_catalog
from commonhold.catalog.documents import (
    CatalogMaintainer,
    CatalogTier,
    Compatibility,
    DocumentError,
    ListedStatus,
    ProvidedObject,
    ReleaseMarks,
    StateChange,
)
from commonhold.catalog.site import SiteOptions, build_site
from commonhold.errors import UsageError
from tests.catalog.built_sites import SPARK, VAEX, build, local_target, read_page, two_plugins

if TYPE_CHECKING:
    from pathlib import Path

RETIRED = ListedStatus(
    state="retired",
    since="2026-06-01",
    reason="Vaex <is> gone.",
    replacement=SPARK,
    history=[StateChange(state="active", since="2023-01-01")],
)
FAILED = Compatibility(series="1.16", core="1.16.2", version="1.16.0", result="failed", at="2026-11-29T03:17:00Z")
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("site"), two_plugins())


@pytest.fixture(scope="module")
def retired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("retired"), two_plugins(vaex=RETIRED))


def test_every_link_leads_to_a_file_and_an_element_of_the_site(site: Path, retired: Path) -> None:
    for folder in (site, retired):
        pages = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
        assert len(pages) > 5
        for page in pages:
            read = read_page(folder, page)
            assert len(set(read.ids)) == len(read.ids), page
            for tag, name in (("a", "href"), ("link", "href"), ("script", "src"), ("img", "src"), ("form", "action")):
                for address in read.values(tag, name):
                    target = local_target(folder, page, address)
                    if target is None:
                        assert tag == "a", f"{page} loads {address}"
                        continue
                    file, fragment = target
                    assert file.is_file(), f"{page} links to {address}"
                    if fragment:
                        assert fragment in read_page(folder, file.relative_to(folder).as_posix()).ids, (
                            f"{page}: {address}"
                        )


def test_no_page_has_inline_code_or_styles_and_each_has_a_policy(site: Path) -> None:
    for path in site.rglob("*.html"):
        read = read_page(site, path.relative_to(site).as_posix())
        (policy,) = [
            values["content"] for tag, values in read.elements if values.get("http-equiv") == "Content-Security-Policy"
        ]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        for tag, values in read.elements:
            assert tag != "style"
            assert not any(name == "style" or name.startswith("on") for name in values)
            assert tag != "script" or values["src"]


def test_lists_show_only_active_plugins(retired: Path) -> None:
    cards = [values for tag, values in read_page(retired).elements if "data-state" in values]
    assert {card["data-name"]: "hidden" in card for card in cards} == {SPARK: False, VAEX: True}
    assert "The Octocat" not in read_page(retired, "maintainers/").text
    assert "Vaex <is> gone." in read_page(retired, "retired/").text


def test_the_page_of_an_official_plugin(site: Path) -> None:
    read = read_page(site, f"plugins/{SPARK}/")
    for text in (
        *("commonhold-plugins install spark", "pip install flytekitplugins-spark==1.16.1", "Official documentation"),
        *("flytekitplugins.spark:Spark", "The core team of flytekit supports this plugin.", "Apache-2.0"),
    ):
        assert text in read.text
    assert "https://docs.example/spark" in read.values("a", "href")
    assert read.values("button", "data-text")[0] == "commonhold-plugins install spark"


def test_a_long_object_can_be_broken_between_its_parts(site: Path) -> None:
    assert ">flytekitplugins.<wbr>spark:<wbr>Spark</code>" in (site / f"plugins/{SPARK}/index.html").read_text()


def test_the_page_of_a_community_plugin(site: Path) -> None:
    read = read_page(site, f"plugins/{VAEX}/")
    for text in (
        *("commonhold-plugins index add community\ncommonhold-plugins install community/vaex", "The Octocat"),
        *("Their authors maintain community plugins.", "The maintainers of this plugin support it"),
    ):
        assert text in read.text
    assert "mailto:octocat@example.com" in read.values("a", "href")


def test_the_page_of_a_retired_plugin_names_its_replacement(retired: Path) -> None:
    read = read_page(retired, f"plugins/{VAEX}/")
    assert "This plugin is retired since 1 June 2026 . Vaex <is> gone. Use flytekitplugins-spark instead." in read.words
    assert "Nobody supports this plugin any more." in read.text
    assert "Retired 1 June 2026 Vaex <is> gone. Active 1 January 2023" in read.words


def test_a_badge_is_grey_when_the_plugin_is_retired(site: Path, retired: Path) -> None:
    before, after = ((folder / f"badge/{VAEX}.svg").read_text() for folder in (site, retired))
    assert "1.16.0" in before
    assert "#12703f" in before
    assert "retired" in after
    assert "#6b7280" in after
    ET.fromstring(after)


def test_feeds_list_new_retired_and_incompatible_plugins(tmp_path: Path, retired: Path) -> None:
    failing = build(tmp_path, two_plugins(spark=ListedStatus(compatibility=[FAILED])))
    assert entries(retired, "new") == ["flytekitplugins-spark is new"]
    assert entries(retired, "retired") == ["flytekitplugins-contrib-vaex is retired"]
    assert entries(retired, "incompatible") == []
    assert entries(failing, "incompatible") == ["flytekitplugins-spark does not work with flytekit 1.16"]
    assert "Tests fail" in read_page(failing).text
    feed = ET.parse(failing / "feeds/incompatible.xml").getroot()
    (entry,) = feed.iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}updated") == feed.findtext(f"{ATOM}updated") == "2026-11-29T03:17:00Z"
    (link,) = entry.iter(f"{ATOM}link")
    assert (failing / "feeds" / link.attrib["href"] / "index.html").is_file()


def entries(site: Path, name: str) -> list[str | None]:
    root = ET.parse(site / f"feeds/{name}.xml").getroot()
    return [entry.findtext(f"{ATOM}title") for entry in root.iter(f"{ATOM}entry")]


def test_a_matrix_shows_tests_by_series_and_version(tmp_path: Path) -> None:
    passed = Compatibility(series="1.15", core="1.15.9", version="1.16.0", result="passed", at="2026-11-28T03:17:00Z")
    made = two_plugins(vaex=ListedStatus(compatibility=[FAILED, passed]))
    site = build(tmp_path, made)
    words = read_page(site, f"plugins/{VAEX}/").words
    assert "Version flytekit 1.16 flytekit 1.15 1.16.0 Failed with 1.16.2, 29 November 2026 Passed with 1.15.9" in words


def test_a_release_that_should_not_be_installed_is_marked(tmp_path: Path) -> None:
    marks = {"1.16.1": ReleaseMarks(yanked="Wrong pin."), "1.16.0": ReleaseMarks(failing="test_run failed")}
    site = build(tmp_path, two_plugins(spark=ListedStatus(releases=marks)))
    text = read_page(site, f"plugins/{SPARK}/").text
    assert "No release of this plugin can be installed." in text
    assert "Wrong pin." in text
    assert "test_run failed" in text


def test_search_covers_what_cards_do_not_show(site: Path) -> None:
    texts = json.loads((site / "search.json").read_text())["plugins"]
    assert "cluster" in texts[SPARK]
    assert "flytekitplugins.spark:spark" in texts[SPARK]
    assert "the octocat" in texts[VAEX]


def test_pages_are_small(site: Path) -> None:
    sizes = {name: len(gzip.compress((site / name).read_bytes())) for name in ("assets/site.css", "assets/site.js")}
    assert sum(sizes.values()) < 12_000
    for path in site.rglob("*.html"):
        assert len(gzip.compress(path.read_bytes())) < 10_000, path


def test_only_changed_pages_are_written(tmp_path: Path) -> None:
    site = build(tmp_path, two_plugins())
    documents = str(tmp_path / "documents")
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*") if path.is_file()}
    assert build_site(documents, str(site)).written == 0
    write_catalog(documents, two_plugins(vaex=RETIRED))
    assert build_site(documents, str(site)).removed == 0
    changed = {path.relative_to(site).as_posix() for path in before if path.stat().st_mtime_ns != before[path]}
    assert f"plugins/{VAEX}/index.html" in changed
    assert "retired/index.html" in changed
    assert f"plugins/{SPARK}/index.html" not in changed
    assert "assets/site.css" not in changed


def test_a_page_that_somebody_edited_is_written_again(tmp_path: Path) -> None:
    site = build(tmp_path, two_plugins())
    page = site / f"plugins/{SPARK}/index.html"
    text = page.read_text()
    page.write_text("edited")
    assert build_site(str(tmp_path / "documents"), str(site)).written == 1
    assert page.read_text() == text


def test_pages_that_are_not_needed_are_removed_and_other_files_stay(tmp_path: Path) -> None:
    site = build(tmp_path, two_plugins(), SiteOptions(style=b":root { --accent: #123456; }"))
    (site / "CNAME").write_text("plugins.example")
    assert (site / "assets/style.css").is_file()
    assert build_site(str(tmp_path / "documents"), str(site)).removed == 1
    assert not (site / "assets/style.css").exists()
    assert (site / "CNAME").is_file()


def test_a_file_of_another_program_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("mine")
    with pytest.raises(UsageError, match=r"index\.html exists, and commonhold did not write it"):
        build(tmp_path, two_plugins())
    assert (tmp_path / "site/index.html").read_text() == "mine"


def test_the_pages_can_be_next_to_the_documents(tmp_path: Path) -> None:
    write_catalog(str(tmp_path), two_plugins())
    build_site(str(tmp_path), str(tmp_path))
    assert (tmp_path / "index.html").is_file()
    assert (tmp_path / "index/v1/index.json").is_file()
    assert build_site(str(tmp_path), str(tmp_path)).written == 0


def test_a_readme_with_another_hash_stops_the_build(tmp_path: Path) -> None:
    write_catalog(str(tmp_path / "documents"), two_plugins())
    (readme,) = (tmp_path / "documents/index/v1/readmes").iterdir()
    readme.write_text("swapped")
    with pytest.raises(DocumentError, match="does not have the SHA-256"):
        build_site(str(tmp_path / "documents"), str(tmp_path / "site"))


def test_a_logo_that_does_more_than_draw_is_replaced_by_a_letter(tmp_path: Path) -> None:
    logo = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    write_catalog(str(tmp_path / "documents"), two_plugins(logo=logo))
    built = build_site(str(tmp_path / "documents"), str(tmp_path / "site"))
    assert built.bad_logos == ((SPARK, "the attribute onload is not allowed"),)
    assert not (tmp_path / "site/index/v1/logos").exists()
    assert all("logos" not in address for address in read_page(tmp_path / "site").values("img", "src"))


HOSTILE_TEXT = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"' onfocus='alert(1)"
HOSTILE_REFERENCE = "<img/src=x.y/onerror=alert(1)>:<b>"


def test_text_of_the_documents_is_never_markup(tmp_path: Path) -> None:
    made = two_plugins()
    fields = {
        "summary": HOSTILE_TEXT,
        "category": HOSTILE_TEXT,
        "keywords": [HOSTILE_TEXT],
        "licence": HOSTILE_TEXT,
        "quick_start": HOSTILE_TEXT,
        "notes": HOSTILE_TEXT,
        "maintainers": [
            CatalogMaintainer(name=HOSTILE_TEXT, company=HOSTILE_TEXT, contact="https://x.example/'onclick='a")
        ],
        "provides": [
            ProvidedObject(kind=HOSTILE_TEXT, name=HOSTILE_TEXT, value=HOSTILE_REFERENCE, summary=HOSTILE_TEXT)
        ],
    }
    documents = {
        key: msgspec.structs.replace(each, plugins=[msgspec.structs.replace(each.plugins[0], **fields)])
        for key, each in made.tiers.items()
    }
    status = {
        VAEX: ListedStatus(state="retired", since="2026-06-01", reason=HOSTILE_TEXT, replacement=HOSTILE_TEXT),
        SPARK: ListedStatus(releases={"1.16.0": ReleaseMarks(yanked=HOSTILE_TEXT)}, compatibility=[FAILED]),
    }
    root = msgspec.structs.replace(
        made.root,
        community=HOSTILE_TEXT,
        tiers=[
            CatalogTier(name="official", default=True),
            CatalogTier(name="community", default=False, notice=HOSTILE_TEXT),
        ],
    )
    community = [msgspec.structs.replace(each, community=HOSTILE_TEXT) for each in documents.values()]
    site = build(
        tmp_path,
        dataclasses.replace(
            made,
            root=root,
            tiers=dict(zip(documents, community, strict=True)),
            status=msgspec.structs.replace(made.status, plugins=status),
        ),
    )
    for path in site.rglob("*.html"):
        read = read_page(site, path.relative_to(site).as_posix())
        assert [values["src"].rpartition("/")[2][:7] for tag, values in read.elements if tag == "script"] == ["site.js"]
        assert not any(name.startswith("on") for _, values in read.elements for name in values)
        assert all("assets/" in src or "logos/" in src or "badge/" in src for src in read.values("img", "src"))
    for path in (*site.glob("feeds/*.xml"), *site.glob("badge/*.svg")):
        ET.parse(path)
    json.loads((site / "search.json").read_text())
