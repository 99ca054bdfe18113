"""A real Chromium for the tests that need one, or the reason why there is none."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=fr-FR",
]


def why_not() -> str:
    """Why no browser test can run here; empty when they can."""
    if os.environ.get("REMPART_NO_BROWSER"):
        return f"NO BROWSER TEST RUNS HERE: {os.environ['REMPART_NO_BROWSER']}"
    if not os.environ.get("REMPART_CHROMIUM"):
        return "NO BROWSER TEST RUNS HERE: REMPART_CHROMIUM names no Chromium"
    if not (Path(settings.BUNDLE_DIR) / "app.js").exists():
        return f"NO BROWSER TEST RUNS HERE: the front end is not built in {settings.BUNDLE_DIR}"
    return ""


@contextmanager
def running_chromium() -> Iterator[Any]:
    """A Chromium without a window; skips the test with the reason where there is none."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ["REMPART_CHROMIUM"], args=FLAGS
        )
        try:
            yield chromium
        finally:
            chromium.close()
