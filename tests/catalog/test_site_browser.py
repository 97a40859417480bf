"""The pages in a headless Chromium: search, filters, keyboard, colour schemes, accessibility, and requests.

`nox -s pages` installs what these tests need; without it, they are skipped.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from markupsafe import Markup

from commonhold.catalog.documents import Compatibility, ListedStatus
from commonhold.catalog.site import SiteOptions
from commonhold.catalog.site.community import Community, Policy, RuleText, TierRules, Work
from tests.catalog.built_sites import README, SPARK, VAEX, build, two_plugins
from tests.catalog.test_site_text import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterator

playwright = pytest.importorskip("playwright.sync_api", reason="`nox -s pages` installs playwright")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = Path(os.environ.get("COMMONHOLD_AXE", Path(__file__).parents[2] / "build/pages/node_modules/axe-core/axe.min.js"))
PATH = "/below/a/path/"
RULE = RuleText("CH101", "The name matches", is_required=True, html=Markup("<p>It matches <code>x-{name}</code>.</p>"))
COMMUNITY = Community(
    "https://git.example/octo/plugins",
    (TierRules("official", "flytekitplugins-{name}", "plugins/*", ("Core approves.",), (("Names", (RULE,)),)),),
    (
        (
            SPARK,
            (Work("CH401", "A readme", "there is no README.md", "pyproject.toml:3", None, Markup("<p>Write it.</p>")),),
        ),
    ),
    (Policy("governance", "Governance", "GOVERNANCE.md", Markup("<p>Text.</p>"), "0" * 40, "2026-11-30"),),
)
PAGES = (
    *("", f"plugins/{SPARK}/", f"plugins/{VAEX}/", "maintainers/", "looking-for-maintainers/", "retired/", "join/"),
    *("help-wanted/", "process/", "process/governance/"),
)


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site with hostile text, served below a path."""
    folder = tmp_path_factory.mktemp("browser")
    readme = "\n\n".join((README, "| a | b |\n|:--|:--|\n| 1 | 2 |", *HOSTILE))
    failed = Compatibility(series="1.16", core="1.16.2", version="1.16.1", result="failed", at="2026-11-29T03:17:00Z")
    status = ListedStatus(compatibility=[failed])
    retired = ListedStatus(state="retired", since="2026-06-01", reason="It is gone.", replacement=SPARK)
    site = build(folder, two_plugins(readme=readme, spark=status, vaex=retired), SiteOptions(COMMUNITY))
    root = folder / "root"
    target = root / PATH.strip("/")
    target.parent.mkdir(parents=True)
    site.rename(target)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(root))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{PATH}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        try:
            chromium = started.chromium.launch(executable_path=CHROMIUM)
        except playwright.Error as error:
            pytest.skip(f"Chromium does not start: {str(error).splitlines()[0]}")
        yield chromium
        chromium.close()


@contextmanager
def opened(browser: Any, address: str, path: str = "", **options: Any) -> Iterator[Any]:
    """A page; afterwards, it must have printed nothing, asked for nothing elsewhere, and shown no dialog."""
    problems: list[str] = []
    context = browser.new_context(**options)
    page = context.new_page()

    def dismiss(dialog: Any) -> None:
        problems.append(dialog.message)
        dialog.dismiss()

    def see(request: Any) -> None:
        problems.extend([] if request.url.startswith(address) else [request.url])

    def check(answer: Any) -> None:
        problems.extend([] if answer.status < 400 else [f"{answer.status} {answer.url}"])

    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", dismiss)
    page.on("request", see)
    page.on("response", check)
    page.goto(address + path)
    yield page
    context.close()
    assert problems == []


def shown(page: Any) -> list[str]:
    cards = page.locator("#plugins > li:visible")
    return [cards.nth(at).get_attribute("data-short") for at in range(cards.count())]


def test_search_and_filters(browser: Any, address: str) -> None:
    with opened(browser, address) as page:
        assert shown(page) == ["spark"]
        page.select_option("[name=state]", "all")
        assert shown(page) == ["spark", "vaex"]
        page.fill("#search", "octocat")  # a maintainer, whom the card does not show
        page.wait_for_function("document.getElementById('shown').textContent === '1 plugin'")
        assert shown(page) == ["vaex"]
        assert page.url.endswith("?q=octocat&state=all")
        page.fill("#search", "nothing like this")
        assert shown(page) == []
        assert page.is_visible("#nothing")
        page.click("#nothing button")
        assert shown(page) == ["spark"]
        page.goto(f"{address}?tier=community&state=retired")
        assert shown(page) == ["vaex"]
        page.select_option("[name=tier]", "official")
        assert shown(page) == []
        page.click("#clear")
        page.select_option("[name=python]", "3.10")
        assert shown(page) == []
        page.select_option("[name=python]", "3.12")
        page.select_option("[name=category]", "Compute")
        page.select_option("[name=series]", "1.16")
        assert shown(page) == ["spark"]


def test_the_keyboard_reaches_everything(browser: Any, address: str) -> None:
    with opened(browser, address, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "search"
        page.keyboard.type("spark")
        page.keyboard.press("Enter")
        page.locator("#plugins a:visible").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}plugins/{SPARK}/")
        page.locator("button.copy").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_function("document.querySelector('button.copy span').textContent === 'Copied'")
        assert page.evaluate("navigator.clipboard.readText()") == "commonhold-plugins install spark"


def test_the_list_needs_no_javascript(browser: Any, address: str) -> None:
    with opened(browser, address, java_script_enabled=False) as page:
        assert page.locator("#plugins > li:visible").count() == 1
        assert page.locator(".script:visible").count() == 0
        page.click(f"#{SPARK} a")
        assert page.locator("h1").text_content() == "spark"


SHIFTS = """() => new Promise((resolve) => {
  let sum = 0;
  const add = (list) => { for (const entry of list.getEntries()) sum += entry.value; };
  new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 50);
})"""


def test_nothing_moves_while_a_page_loads(browser: Any, address: str) -> None:
    with opened(browser, address, viewport={"width": 390, "height": 800}) as page:
        for path in ("", f"plugins/{SPARK}/"):
            page.goto(address + path, wait_until="networkidle")
            assert page.evaluate(SHIFTS) < 0.01, path


def test_no_page_is_wider_than_a_phone(browser: Any, address: str) -> None:
    with opened(browser, address, viewport={"width": 360, "height": 740}) as page:
        for path in PAGES:
            page.goto(address + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


@pytest.mark.skipif(not AXE.is_file(), reason="`nox -s pages` installs axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(browser: Any, address: str, scheme: str) -> None:
    axe, found = AXE.read_text("utf-8"), {}
    with opened(browser, address, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce") as page:
        backgrounds = set()
        for path in PAGES:
            page.goto(address + path)
            page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
            backgrounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
            page.evaluate(axe)
            # Only colours depend on the scheme.
            rules = "undefined" if scheme == "light" else "['color-contrast']"
            result = page.evaluate(f"axe.run({{resultTypes: ['violations'], runOnly: {rules}}})")
            assert len(result["passes"]) > (20 if scheme == "light" else 0)
            for each in result["violations"]:
                if each["impact"] in ("serious", "critical"):
                    found[path, each["id"]] = [node["html"] for node in each["nodes"]]
    assert found == {}
    assert backgrounds == {"rgb(251, 250, 247)" if scheme == "light" else "rgb(16, 20, 19)"}
