"""`dictabelt account`: whose recordings the vault keeps."""

from datetime import timedelta
from typing import Annotated

import typer

from dictabelt.cli import tell, told
from dictabelt.cli.exits import Exit, Problem
from dictabelt.cli.opening import as_owner, in_new_vault, in_vault, settings_of
from dictabelt.cli.options import Account as AccountOption
from dictabelt.cli.options import Data, Json, examples, group, lifetime
from dictabelt.core.accounts import AccountChanges
from dictabelt.core.nouns import Account, Delivery

commands = group(name="account", help="Add, change and list accounts.")


@commands.callback(
    epilog=examples('account add "Harbour Clinic"', "account list --json"),
)
def _accounts() -> None:
    """Add, change and list accounts."""


@commands.command(
    epilog=examples(
        'account add "Harbour Clinic"',
        "account add Taxi --protect-media --link-lifetime 15m --json",
    )
)
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name that is not in use yet.")],
    protect_media: Annotated[
        bool,
        typer.Option(
            "--protect-media",
            help="Ask for a key at LaML media URLs, which the vendor leaves public.",
        ),
    ] = False,
    link_lifetime: Annotated[
        timedelta | None,
        typer.Option(
            "--link-lifetime",
            metavar="TIME",
            parser=lifetime,
            help="How long links live where the vendor names no time, 1s to 7d.",
        ),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Add an account, and the vault itself when the folder holds none.

    Prints the account's id.
    """
    seconds = None if link_lifetime is None else link_lifetime // timedelta(seconds=1)

    account = in_new_vault(
        settings_of(data=data),
        lambda vault: vault.accounts.add(
            name, media_public=not protect_media, link_seconds=seconds
        ),
    )
    if json:
        tell.as_json(told.account(account))
    else:
        print(account.id)


@commands.command(
    epilog=examples(
        'account change --account "Harbour Clinic" --packing',
        "account change --account Taxi --delivery redirect --json",
    )
)
def change(
    packing: Annotated[
        bool | None,
        typer.Option(
            "--packing/--no-packing",
            help="Keep new WAV originals as FLAC, an hour after they came; served they stay the "
            "same, bit for bit. What is there already: `dictabelt pack`.",
        ),
    ] = None,
    delivery: Annotated[
        Delivery | None,
        typer.Option(
            "--delivery",
            help="How media reach clients: through the vault, or by redirect to the object store "
            "for what that keeps as it is served. Such a URL cannot be taken back; it lives an "
            "hour at most.",
        ),
    ] = None,
    account: AccountOption = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Change the settings of an account."""
    changes = AccountChanges(packing=packing, delivery=delivery)
    if changes == AccountChanges():
        raise Problem("nothing to change; say --packing, --no-packing or --delivery", Exit.USAGE)
    changed = as_owner(data, account, work=lambda vault, who: vault.accounts.change(who, changes))
    if json:
        tell.as_json(told.account(changed))
    else:
        tell.say(f"{changed.name}: {_ways(changed)}")


def _ways(it: Account) -> str:
    kept = "packed" if it.packing else "kept as they come"
    sent = "through the vault" if it.delivery is Delivery.PROXY else "by redirect where they can"
    return f"new originals are {kept}; media go out {sent}"


@commands.command("list", epilog=examples("account list", "account list --json"))
def list_accounts(data: Data = None, json: Json = False) -> None:
    """List the accounts, oldest first."""
    accounts = in_vault(settings_of(data=data), lambda vault: vault.accounts.all())
    if json:
        tell.as_json([told.account(it) for it in accounts])
    else:
        tell.as_table(("id", "name", "added"), map(_row, accounts))


def _row(it: Account) -> tuple[str, str, str]:
    return str(it.id), it.name, tell.minute(it.created_at)
