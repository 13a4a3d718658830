"""What the demo prints: a curl for every dialect, and a signed link, ready to paste."""

import shlex
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dictabelt.cli import demo_file, tell
from dictabelt.cli.demo_file import DemoFile
from dictabelt.cli.opening import address
from dictabelt.cli.sign import Made, signed
from dictabelt.cli.tenants import Tenant
from dictabelt.core.media import Form, Variant
from dictabelt.core.nouns import Recording, State, Terms
from dictabelt.http.dialect import Dialect, Visit, Visitor

if TYPE_CHECKING:
    from dictabelt.core.vault import Vault
    from dictabelt.settings import Settings

_LINK = Terms(Variant(Form.MP3), timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Guide:
    """The demo's file, and examples by the title of their dialect; the link plays as MP3."""

    folder: Path
    file: DemoFile
    visits: dict[str, Visit]
    link: str | None


async def guide(
    vault: "Vault", settings: "Settings", *, tenants: list[Tenant], dialects: tuple[Dialect, ...]
) -> Guide:
    """Examples for the first recording that can be played."""
    base_url = address(settings)
    accounts = tuple(
        demo_file.account_entry(it.account, it.recordings, tokens=it.tokens, dialects=dialects)
        for it in tenants
    )
    visits, link = {}, None
    tenant = tenants[0]
    recording = _playable(tenant)
    if recording is not None:
        visitor = Visitor(base_url, str(tenant.account.id), tenant.tokens[0], recording)
        visits = {it.title: it.visit(visitor) for it in dialects}
        who = await vault.access.operator(str(tenant.account.id))
        linked = await vault.links.to_media(who, recording.id, _LINK)
        assert linked.link is not None
        link = signed(vault, settings, made=Made(linked.link))
    return Guide(settings.data, DemoFile(base_url, accounts), visits, link)


def show(it: Guide) -> None:
    """For people: every command on one line, to be pasted."""
    base_url = it.file.base_url
    print(f"The demo is at {base_url} and answers in {len(it.visits)} APIs; Ctrl-C stops it.")
    for title, visit in it.visits.items():
        print(f"\n# {title}: {visit.note}\n{command(visit)}")
    if it.link is not None:
        print("\n# a signed link, good for an hour, also in a browser")
        print(shlex.join(("curl", "-o", "call.mp3", it.link)))
    print(f"\nEvery endpoint: {base_url}/docs")
    print(f"Every account, key and recording: {it.folder / demo_file.NAME}", flush=True)


def show_json(it: Guide) -> None:
    """For machines: one line, once the server answers."""
    tell.as_json_line(
        {
            "base_url": it.file.base_url,
            "demo_json": str(it.folder / demo_file.NAME),
            "commands": {title: command(visit) for title, visit in it.visits.items()},
            "link": it.link,
        }
    )


def command(visit: Visit) -> str:
    """The visit as a line for a shell."""
    return shlex.join(("curl", *visit.curl))


def _playable(tenant: Tenant) -> Recording | None:
    return next((it for it in tenant.recordings if it.state is State.AVAILABLE), None)
