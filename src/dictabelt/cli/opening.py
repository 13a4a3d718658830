"""Opens the vault for one command, and finds the account that it is for."""

import asyncio
import gc
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dictabelt.cli.exits import Exit, Problem
from dictabelt.core.nouns import Principal

# the vault's adapters take half a second to import, which --help must not
if TYPE_CHECKING:
    from dictabelt.app import Oversight
    from dictabelt.core.premises import Premises
    from dictabelt.core.vault import Vault
    from dictabelt.settings import Settings

T = TypeVar("T")


def settings_of(**given: object) -> "Settings":
    """Settings from the options that were given (None is not), the environment and the file.

    Raises Problem with a line for each mistake.
    """
    from dictabelt.settings import BadSettings, load

    try:
        return load({k: v for k, v in given.items() if v is not None}, dict(os.environ))
    except BadSettings as mistakes:
        raise Problem(str(mistakes), Exit.USAGE) from mistakes
    except OSError as error:
        raise unusable(Path(str(given.get("data"))), error) from error


def as_owner(
    data: Path | None,
    account: str | None,
    *,
    work: "Callable[[Vault, Principal], Awaitable[T]]",
) -> T:
    """What `work` gives in an existing vault, for one account. Raises as `acting`, and `work`."""

    async def run(vault: "Vault") -> T:
        return await work(vault, await acting(vault, account))

    return in_vault(settings_of(data=data), run)


def in_vault(
    settings: "Settings",
    work: "Callable[[Vault], Awaitable[T]]",
    *,
    seen: "Oversight | None" = None,
) -> T:
    """What `work` gives in the vault that is in the data folder; none is made.

    Raises Problem where there is none, or whatever `work` raises.
    """
    demand_vault(settings)
    return in_new_vault(settings, work, seen=seen)


def _place(settings: "Settings") -> str:
    """Where the database is, without the password."""
    from dictabelt.settings import SQLITE

    return str(settings.data) if settings.database == SQLITE else "the database of the settings"


def in_new_vault(
    settings: "Settings",
    work: "Callable[[Vault], Awaitable[T]]",
    *,
    seen: "Oversight | None" = None,
    loop: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> T:
    """As `in_vault`, for the commands that make a vault where there is none."""
    from dictabelt.app import opened

    async def run() -> T:
        async with opened(settings, seen) as vault:
            return await work(vault)

    return told(settings.data, lambda: complete(run(), loop))


def on_premises(settings: "Settings", work: "Callable[[Premises], Awaitable[T]]") -> T:
    """What `work` gives beside the vault in the data folder, which need not be whole.

    Raises Problem where there is none, or whatever `work` raises.
    """
    from dictabelt.app import premises

    demand_vault(settings)

    async def run() -> T:
        async with premises(settings) as at:
            return await work(at)

    return told(settings.data, lambda: complete(run()))


def demand_vault(settings: "Settings") -> None:
    """Raises Problem where there is no vault."""
    from dictabelt.app import kept

    if not told(settings.data, lambda: complete(kept(settings))):
        raise Problem(
            f"there is no vault in {_place(settings)}; name its folder with --data, "
            "or make one: `dictabelt account add NAME`",
            Exit.STORAGE,
        )


def told(data: Path, run: Callable[[], T]) -> T:
    """What `run` gives; bad settings and the disk's refusals become Problems."""
    from dictabelt.settings import BadSettings

    try:
        return run()
    except BadSettings as mistakes:
        raise Problem(str(mistakes), Exit.USAGE) from mistakes
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unusable(data, error) from error


def complete(
    work: Coroutine[Any, Any, T],
    loop: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> T:
    """What `work` gives; after Ctrl-C it has cleaned up, though its threads may still be busy."""
    if not gc.isenabled():
        # all modules are there: what they made stays, and is never searched for garbage again
        gc.freeze()
        gc.enable()
    runner = asyncio.Runner(loop_factory=loop)
    with ExitStack() as closing:
        closing.callback(runner.close)
        # the runner takes Ctrl-C over from no handler but Python's own
        mine = signal.signal(signal.SIGINT, signal.default_int_handler)
        closing.callback(signal.signal, signal.SIGINT, mine)
        try:
            return runner.run(work)
        except KeyboardInterrupt:
            # closing would wait for a decoder in a thread; main.py ends the process instead
            closing.pop_all()
            raise


async def acting(vault: "Vault", account: str | None) -> Principal:
    """The owner, for the account of that name or id, or for the only one there is.

    Raises NotFound, or Problem where there is not exactly one.
    """
    if account is not None:
        return await vault.access.operator(account)
    accounts = await vault.accounts.all()
    if not accounts:
        raise Problem("no account yet; make one: `dictabelt account add NAME`", Exit.USAGE)
    if len(accounts) > 1:
        names = ", ".join(repr(it.name) for it in accounts)
        raise Problem(f"which account? Say --account with one of: {names}", Exit.USAGE)
    return await vault.access.operator(str(accounts[0].id))


def address(settings: "Settings") -> str:
    """Where clients reach the server: a public URL, or the host and port it listens on."""
    if settings.public_urls:
        return settings.public_urls[0]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{settings.port}"


def unusable(data: Path, error: OSError) -> Problem:
    """The disk's refusal, with the way out."""
    where = error.filename or data
    return Problem(
        f"{where}: {error.strerror or error}; mend that, or name another folder with --data",
        Exit.STORAGE,
    )
