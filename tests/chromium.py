"""One Chromium for all tests of a process, in an event loop that outlives theirs."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Thread
from typing import Any, TypeVar

from playwright.async_api import Browser, Page, async_playwright

T = TypeVar("T")

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
MISSING = "there is no Chromium here (Debian: apt install chromium)"


class Chromium:
    """Opens pages; what is asked of them is asked in the browser's own loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, browser: Browser) -> None:
        self._loop = loop
        self._browser = browser

    async def there(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` gives, which concerns pages."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    @asynccontextmanager
    async def page(self) -> AsyncIterator[Page]:
        """A page that shares no cookie and no cache with another."""
        context = await self.there(self._browser.new_context())
        try:
            yield await self.there(context.new_page())
        finally:
            await self.there(context.close())


@contextmanager
def started() -> Iterator[Chromium]:
    """The browser, until the context ends."""
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        driver = async_playwright()
        browser = runner.run(_launched(driver))
        thread = Thread(target=loop.run_forever)
        thread.start()
        try:
            yield Chromium(loop, browser)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            runner.run(browser.close())
            runner.run(driver.__aexit__())


async def _launched(driver: Any) -> Browser:
    playwright = await driver.__aenter__()
    launched: Browser = await playwright.chromium.launch(
        executable_path=PROGRAM,
        args=["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
    )
    return launched
