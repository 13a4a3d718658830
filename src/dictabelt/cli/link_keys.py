"""`dictabelt link-key`: what signs links."""

from datetime import timedelta
from typing import Annotated

import typer

from dictabelt.cli import tell, told
from dictabelt.cli.opening import in_vault, settings_of
from dictabelt.cli.options import Data, Json, examples, group, lifetime
from dictabelt.core.nouns import LinkKey

commands = group(name="link-key", help="List and rotate the keys that sign links.")


@commands.callback(epilog=examples("link-key list", "link-key rotate --grace 1d"))
def _link_keys() -> None:
    """List and rotate the keys that sign links."""


@commands.command("list", epilog=examples("link-key list", "link-key list --json"))
def list_link_keys(data: Data = None, json: Json = False) -> None:
    """List the link keys, newest first."""
    keys = in_vault(settings_of(data=data), lambda vault: vault.ring.all())
    if json:
        tell.as_json([told.link_key(it) for it in keys])
    else:
        tell.as_table(("id", "added", "good until"), map(_row, keys))


@commands.command(epilog=examples("link-key rotate", "link-key rotate --grace 0s --json"))
def rotate(
    grace: Annotated[
        timedelta | None,
        typer.Option(
            "--grace",
            metavar="TIME",
            parser=lifetime,
            help="How long links that are out keep working; 0s ends them now.  [default: 7d]",
        ),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make a new link key; links under the older ones live on for the grace period.

    7d is the longest that a link can live: without --grace none dies early.
    """
    spared = timedelta(days=7) if grace is None else grace
    key = in_vault(settings_of(data=data), lambda vault: vault.ring.rotate(grace=spared))
    if json:
        tell.as_json(told.link_key(key))
    else:
        print(key.id)


def _row(it: LinkKey) -> tuple[str, ...]:
    return it.id, tell.minute(it.created_at), tell.minute(it.retired_at) or "signs now"
