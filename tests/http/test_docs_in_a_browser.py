"""The page at /docs as a browser draws it; skipped where there is no Chromium."""

from typing import Any

from chromium import Chromium
from dialects.asking import every_dialect
from dictabelt.http.dialect import Dialect

PATHS = "all => all.map(it => it.dataset.path)"


@every_dialect
async def test_a_browser_shows_the_operations(
    dialect: Dialect, served: str, browser: Chromium
) -> None:
    async with browser.page() as page:
        await browser.there(page.goto(f"{served}/docs?api={dialect.name}"))
        operations = page.locator(".opblock-summary-path")
        await browser.there(operations.first.wait_for())
        shown = await browser.there(operations.evaluate_all(PATHS))
    document: Any = dialect.document()
    assert set(shown) == {*document["paths"], *document.get("webhooks", ())}
