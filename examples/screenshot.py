"""Take the picture of a catalogue for the README: `nox -s screenshot -- DOCUMENTS`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from playwright.sync_api import ViewportSize, sync_playwright

from commonhold.catalog.site import build_site

SIZE = ViewportSize(width=1280, height=860)


def take_picture(folder: str, file: str) -> None:
    """Open the first page of a site in Chromium, and save what a reader sees at first."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    handler = partial(SimpleHTTPRequestHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=chromium)
        page = browser.new_page(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
        page.goto(f"http://127.0.0.1:{server.server_port}/", wait_until="networkidle")
        page.screenshot(path=file)
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    documents, picture = sys.argv[1:]
    with tempfile.TemporaryDirectory() as pages:
        build_site(documents, pages)
        take_picture(pages, picture)
