"""`dictabelt sign`: a link that gives whoever holds it one recording, for a time."""

from dataclasses import dataclass
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
from dictabelt.core.media import Form, Mix, Variant
from dictabelt.core.nouns import Link, Principal, Terms
from dictabelt.core.share import Leash

if TYPE_CHECKING:
    from dictabelt.core.vault import Vault
    from dictabelt.settings import Settings

commands = group()


Begin = Annotated[
    int, typer.Option("--from", metavar="MS", min=0, help="Begin at this millisecond.")
]
End = Annotated[
    int | None, typer.Option("--to", metavar="MS", min=1, help="End before this millisecond.")
]
Lifetime = Annotated[
    timedelta | None,
    typer.Option("--expires", metavar="TIME", parser=lifetime, help="1s to 7d.  [default: 1h]"),
]
Networks = Annotated[
    list[str] | None,
    typer.Option("--network", metavar="CIDR", help="From there only; repeat for several."),
]
Uses = Annotated[
    int | None, typer.Option("--uses", metavar="N", min=1, help="So often and no more.")
]
Note = Annotated[
    str | None, typer.Option("--note", metavar="TEXT", help="What it is for, in the list.")
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        metavar="URL",
        parser=base_url,
        help="The server, as the link's user reaches it.  [default: from the settings]",
    ),
]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a link is wanted for; it is kept where there is a leash."""

    recording: RecordingId
    media: MediaId | None
    terms: Terms
    leash: Leash


@dataclass(frozen=True, slots=True)
class Made:
    """A link, and the id under which it is kept, if it is."""

    link: Link
    kept: UUID | None = None


@commands.command(
    epilog=examples(
        f"sign {SAMPLE}",
        f"sign {SAMPLE} --to 900 --uses 3 --network 192.0.2.0/24 --expires 7d --json",
    )
)
def sign(
    id: RecordingArgument,
    form: Annotated[Form, typer.Option("--form", help="What it plays as.")] = Form.MP3,
    mix: Annotated[Mix, typer.Option("--mix", help="Which channels, and where.")] = Mix.BOTH,
    start: Begin = 0,
    end: End = None,
    expires: Lifetime = None,
    uses: Uses = None,
    network: Networks = None,
    note: Note = None,
    base: BaseUrl = None,
    media: MediaOption = None,
    account: Account = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Print a signed link to a recording, for whoever has no key.

    One with --uses, --network or --note is kept: the API lists it and can revoke it. A use is
    one address listening, until 15 minutes after its last request.
    """
    public = None if base is None else (base,)
    settings = settings_of(data=data, public_urls=public)
    lifespan = timedelta(hours=1) if expires is None else expires
    wish = Wish(
        RecordingId(UUID(id)),
        None if media is None else MediaId(UUID(media)),
        Terms(Variant(form, mix, start, end), lifespan),
        Leash(uses, tuple(network or ()), note),
    )

    async def work(vault: "Vault") -> tuple[Made, str]:
        made = await _made(vault, await acting(vault, account), wish)
        return made, signed(vault, settings, made=made)

    made, url = in_vault(settings, work)
    if json:
        tell.as_json(_told(made, url))
    else:
        print(url)


async def _made(vault: "Vault", who: Principal, wish: Wish) -> Made:
    if wish.leash == Leash():
        linked = await vault.links.to_media(who, wish.recording, wish.terms, media=wish.media)
        assert linked.link is not None
        return Made(linked.link)
    shared = await vault.shares.make(
        who, wish.recording, wish.terms, media=wish.media, leash=wish.leash
    )
    return Made(shared.link, shared.share.id)


def signed(vault: "Vault", settings: "Settings", *, made: Made) -> str:
    """The URL of a link, at the server's first public URL or its own address."""
    from dictabelt.app import signer
    from dictabelt.http.dialect import discover

    urls = signer(vault, settings, dialects=discover())
    return urls.sign(made.link, address(settings), share=made.kept)


def _told(made: Made, url: str) -> dict[str, object]:
    link = made.link
    return {
        "url": url,
        "expires_at": tell.instant(link.expires_at),
        "recording": str(link.recording),
        "media": str(link.media),
        "form": link.form,
        "id": None if made.kept is None else str(made.kept),
    }
