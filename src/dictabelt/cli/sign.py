"""`dictabelt sign`: a link that gives whoever holds it one recording, for a time."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from dictabelt.cli import tell
from dictabelt.cli.opening import acting, address, in_vault, settings_of
from dictabelt.cli.options import (
    SAMPLE,
    Account,
    Data,
    Json,
    MediaOption,
    RecordingArgument,
    base_url,
    examples,
    group,
    lifetime,
)
from dictabelt.core.ids import MediaId, RecordingId
from dictabelt.core.links import Linked
from dictabelt.core.media import Form
from dictabelt.core.nouns import Terms

if TYPE_CHECKING:
    from dictabelt.core.vault import Vault
    from dictabelt.settings import Settings

commands = group()


@commands.command(
    epilog=examples(f"sign {SAMPLE}", f"sign {SAMPLE} --form wav --expires 7d --json")
)
def sign(
    id: RecordingArgument,
    form: Annotated[Form, typer.Option("--form", help="What it plays as.")] = Form.MP3,
    expires: Annotated[
        timedelta | None,
        typer.Option("--expires", metavar="TIME", parser=lifetime, help="1s to 7d.  [default: 1h]"),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--base-url",
            metavar="URL",
            parser=base_url,
            help="The server, as the link's user reaches it.  [default: from the settings]",
        ),
    ] = None,
    media: MediaOption = None,
    account: Account = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Print a signed link to a recording, for whoever has no key."""
    public = None if base is None else (base,)
    settings = settings_of(data=data, public_urls=public)
    terms = Terms(form, timedelta(hours=1) if expires is None else expires)

    async def work(vault: "Vault") -> tuple[Linked, str]:
        who = await acting(vault, account)
        wanted = None if media is None else MediaId(UUID(media))
        linked = await vault.links.to_media(who, RecordingId(UUID(id)), terms, media=wanted)
        return linked, signed(vault, settings, linked=linked)

    linked, url = in_vault(settings, work)
    if json:
        tell.as_json(_told(linked, url))
    else:
        print(url)


def signed(vault: "Vault", settings: "Settings", *, linked: Linked) -> str:
    """The URL of a link to playable media, at the server's first public URL or its own address."""
    from dictabelt.app import signer
    from dictabelt.http.dialect import discover

    assert linked.link is not None
    return signer(vault, settings, dialects=discover()).sign(linked.link, address(settings))


def _told(linked: Linked, url: str) -> dict[str, object]:
    assert linked.link is not None
    return {
        "url": url,
        "expires_at": tell.instant(linked.link.expires_at),
        "recording": str(linked.recording.id),
        "media": str(linked.link.media),
        "form": linked.link.form,
    }
