"""Links on a leash as whoever holds one meets them: from where, how often, and which part."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

import boto3
import httpx2
import pytest
from botocore.client import Config
from starlette.types import ASGIApp

from dictabelt.app import front, opened
from dictabelt.http.sigv4 import Signer, sign
from hearing import heard
from linking import Scene, told
from stocked import House

ANNA, BERT, CARL = "192.0.2.7", "2001:db8::9", "198.51.100.3"
MESSAGES = {
    "expired": "Request has expired",
    "signature": "The signature does not belong to this link.",
    "revoked": "The link was revoked by its owner.",
    "elsewhere": "The link is not for the address that you call from.",
    "used up": "The link has been used as often as its owner allowed.",
}
CHANGED = ("SignatureDoesNotMatch", "AuthorizationQueryParametersError")
From = Callable[[str], AbstractAsyncContextManager[httpx2.AsyncClient]]


@asynccontextmanager
async def calling(app: ASGIApp, address: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the application at that address."""
    transport = httpx2.ASGITransport(app, client=(address, 4711))
    async with httpx2.AsyncClient(transport=transport, base_url="http://vault.test") as made:
        yield made


@pytest.fixture
def at(house: House) -> From:
    return partial(calling, house.app)


def links(house: House, which: str = "call") -> str:
    return f"/vault/v1/recordings/{house.ours.recordings[which].id}/links"


def proof(house: House) -> dict[str, str]:
    return {"authorization": f"Bearer {house.ours.keys['all']}"}


async def shared(house: House, client: httpx2.AsyncClient, **said: Any) -> dict[str, Any]:
    answer = await client.post(links(house), json=said, headers=proof(house))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def shown(house: House, client: httpx2.AsyncClient, made: dict[str, Any]) -> dict[str, Any]:
    answer = await client.get(f"{links(house)}/{made['id']}", headers=proof(house))
    it: dict[str, Any] = answer.json()
    return it


async def reason(at: From, address: str, url: str) -> str:
    """Which rule refused, or that none did."""
    async with at(address) as client:
        answer = await client.get(url)
    if answer.status_code in (200, 206):
        return "played"
    assert answer.status_code == 403
    assert answer.headers["cache-control"] == "no-store"
    assert set(told(answer)) - {"X-Amz-Expires", "Expires", "ServerTime"} == {
        *("Code", "Message", "Resource", "RequestId")
    }
    return next(rule for rule, it in MESSAGES.items() if it == told(answer)["Message"])


@pytest.mark.parametrize(
    ("networks", "address", "outcome"),
    [
        (["192.0.2.0/24"], ANNA, "played"),
        (["192.0.2.0/24"], f"::ffff:{ANNA}", "played"),
        (["::ffff:192.0.2.0/120"], ANNA, "played"),
        (["192.0.2.0/24"], CARL, "elsewhere"),
        (["192.0.2.0/24"], f"::ffff:{CARL}", "elsewhere"),
        (["192.0.2.0/24"], BERT, "elsewhere"),
        (["2001:db8::/32"], BERT, "played"),
        (["2001:db8::/32"], ANNA, "elsewhere"),
        (["2001:db8::/32", "192.0.2.7"], ANNA, "played"),
        (["0.0.0.0/0"], BERT, "elsewhere"),
        (["192.0.2.0/24"], "testclient", "elsewhere"),
        ([], CARL, "played"),
    ],
)
async def test_a_link_is_followed_from_its_networks_alone(
    networks: list[str], address: str, outcome: str, *, house: House, at: From
) -> None:
    async with at(ANNA) as client:
        made = await shared(house, client, networks=networks)
    assert await reason(at, address, made["url"]) == outcome


async def test_what_a_caller_says_of_its_address_is_not_believed(house: House, at: From) -> None:
    async with at(CARL) as client:
        made = await shared(house, client, networks=[ANNA])
        said = {"x-forwarded-for": ANNA, "forwarded": f"for={ANNA}", "x-real-ip": ANNA}
        assert (await client.get(made["url"], headers=said)).status_code == 403


async def test_ranges_heads_and_preflights_of_one_player_are_one_use(
    house: House, at: From
) -> None:
    async with at(ANNA) as player:
        made = await shared(house, player, uses=1)
        for _ in range(2):
            assert (await player.head(made["url"])).status_code == 200
            assert (await player.options(made["url"])).status_code == 204
        assert (await shown(house, player, made))["used"] == 0
        whole = await player.get(made["url"])
        for start in range(0, 4000, 500):
            part = await player.get(made["url"], headers={"range": f"bytes={start}-{start + 499}"})
            assert (part.status_code, part.content) == (206, whole.content[start : start + 500])
        it = await shown(house, player, made)
        assert (it["used"], it["uses"]) == (1, 1)
        assert it["last_used_at"] is not None
    assert await reason(at, BERT, made["url"]) == "used up"
    assert await reason(at, ANNA, made["url"]) == "played"
    async with at(BERT) as late:
        assert (await late.head(made["url"])).status_code == 403
        assert (await late.options(made["url"])).status_code == 204
        assert (await shown(house, late, made))["used"] == 1


async def test_each_refusal_names_the_first_rule_that_holds(house: House, at: From) -> None:
    async with at(ANNA) as client:
        made = await shared(house, client, uses=1, networks=["192.0.2.0/24", CARL])
        url, other = made["url"], "192.0.2.8"
        assert await reason(at, ANNA, url) == "played"
        assert await reason(at, other, url) == "used up"
        assert await reason(at, BERT, url) == "elsewhere"
        assert await reason(at, CARL, url) == "used up"
        assert await reason(at, BERT, url.replace(f"share={made['id']}", "share=x")) == "signature"
        revoked = await client.delete(f"{links(house)}/{made['id']}", headers=proof(house))
        assert revoked.status_code == 204
        for address in (ANNA, other, BERT):
            assert await reason(at, address, url) == "revoked"
        assert await reason(at, BERT, f"{url}x") == "signature"
        old = await expired(house, url, made["id"])
        assert await reason(at, BERT, old) == "expired"


async def expired(house: House, url: str, share: str) -> str:
    """The same link, signed a day ago for an hour."""
    ring = house.vault.ring
    now = await ring.clock()
    signer = Signer(ring.signing(), str(ring.secret(ring.signing(), now)))
    return sign(
        signer,
        url.partition("?")[0],
        expires=3600,
        now=now - timedelta(days=1),
        extra=(("share", share),),
    )


@pytest.mark.parametrize(
    ("said", "parameters", "seconds", "channels"),
    [
        ({"form": "wav"}, {}, 2.4, 2),
        ({"form": "wav", "mix": "both", "from": 0}, {}, 2.4, 2),
        ({"form": "wav", "mix": "left"}, {"mix": "left"}, 2.4, 1),
        ({"form": "wav", "mix": "mono", "to": 500}, {"mix": "mono", "to": "500"}, 0.5, 1),
        ({"form": "wav", "from": 400, "to": 1650}, {"from": "400", "to": "1650"}, 1.25, 2),
        ({"form": "wav", "from": 400}, {"from": "400"}, 2.0, 2),
    ],
)
async def test_a_link_for_a_part_gives_that_part(
    said: dict[str, Any], parameters: dict[str, str], seconds: float, *, channels: int,
    house: House, client: httpx2.AsyncClient,
) -> None:  # fmt: skip
    made = await shared(house, client, **said)
    query = dict(parse_qsl(urlsplit(made["url"]).query))
    assert {name: query[name] for name in ("mix", "from", "to") if name in query} == parameters
    played = heard((await client.get(made["url"])).content)
    assert (played.seconds, played.channels) == (seconds, channels)


async def test_a_link_for_a_part_gives_no_other_part(
    house: House, client: httpx2.AsyncClient
) -> None:
    made = await shared(house, client, form="wav", mix="left", **{"from": 500, "to": 900})
    whole = await shared(house, client, form="wav")
    place, _, query = made["url"].partition("?")
    pairs = parse_qsl(query)
    changed = [
        *([it for it in pairs if it[0] != gone] for gone in ("mix", "from", "to")),
        *(
            [(n, new if n == name else old) for n, old in pairs]
            for name, new in (("mix", "right"), ("from", "0"), ("to", "901"), ("to", ""))
        ),
        [*pairs, ("to", "5000")],
    ]
    urls = [f"{place}?{urlencode(it)}" for it in changed]
    urls += [f"{whole['url']}&from=500", f"{whole['url']}&mix=left"]
    urls.append(whole["url"].replace("?", "?from=500&"))
    for url in urls:
        answer = await client.get(url)
        assert answer.status_code in (400, 403), url
        assert told(answer)["Code"] in CHANGED, url
    assert (await client.get(made["url"])).status_code == 200


async def test_what_a_link_key_signed_without_sense_is_refused_with_the_reason(
    scene: Scene,
) -> None:
    signer, now = await scene.signer(), await scene.now()
    call = scene.house.ours.recordings["call"]
    place = f"{scene.base}/media/{call.account}/{call.id}/{call.media[0].id}/audio.wav"
    for extra, code in (
        (("mix", "loud"), "InvalidRequest"),
        (("from", "-1"), "InvalidRequest"),
        (("to", "1.5"), "InvalidRequest"),
        (("to", "9" * 14), "InvalidRequest"),
        (("share", "mine"), "InvalidRequest"),
        (("from", "99999"), "InvalidRequest"),
    ):
        answer = await scene.client.get(sign(signer, place, expires=60, now=now, extra=(extra,)))
        assert (answer.status_code, told(answer)["Code"]) == (400, code), extra


@pytest.mark.parametrize("form", ["opus", "flac"])
async def test_other_forms_are_linked_too(
    form: str, house: House, client: httpx2.AsyncClient
) -> None:
    made = await shared(house, client, form=form)
    assert urlsplit(made["url"]).path.endswith(f".{form}")
    answer = await client.get(made["url"])
    assert (answer.status_code, round(heard(answer.content).seconds, 1)) == (200, 2.4)


async def test_an_s3_client_library_makes_the_very_link(scene: Scene) -> None:
    said = {"form": "wav", "mix": "left", "from": 500, "to": 900, "uses": 2}
    made = await shared(scene.house, scene.client, **said)
    signer, parts = await scene.signer(), urlsplit(made["url"])
    s3 = boto3.client(
        "s3",
        endpoint_url=f"{parts.scheme}://{parts.netloc}",
        aws_access_key_id=signer.key_id,
        aws_secret_access_key=signer.secret,
        region_name=signer.region,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    more = {it[0]: it[1] for it in parse_qsl(parts.query) if not it[0].startswith("X-Amz-")}
    s3.meta.events.register(
        "before-sign.s3.GetObject",
        lambda request, **_: request.params.update(more),
    )
    _, bucket, key = parts.path.split("/", 2)
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": key}, ExpiresIn=60)
    assert more == {"mix": "left", "from": "500", "to": "900", "share": made["id"]}
    answer = await scene.client.get(url)
    assert answer.status_code == 200, answer.text
    assert heard(answer.content).seconds == 0.4


async def test_another_worker_refuses_a_revoked_link_at_once(house: House, at: From) -> None:
    async with opened(house.settings) as beside:
        there = partial(calling, front(beside, house.settings))
        async with at(ANNA) as client:
            made = await shared(house, client, uses=1)
            assert await reason(there, ANNA, made["url"]) == "played"
            assert await reason(at, BERT, made["url"]) == "used up"
            gone = await client.delete(f"{links(house)}/{made['id']}", headers=proof(house))
            assert gone.status_code == 204
            assert await reason(there, ANNA, made["url"]) == "revoked"


async def test_a_link_tells_its_leash_and_its_maker(
    house: House, client: httpx2.AsyncClient
) -> None:
    said = {"form": "wav", "mix": "swap", "from": 1, "to": 2, "uses": 3, "networks": [ANNA]}
    made = await shared(house, client, **said)
    url = made.pop("url")
    keys = await house.vault.accounts.keys(house.ours.owner)
    maker = next(str(it.id) for it in keys if it.name == "all")
    told_of = {**said, "networks": [f"{ANNA}/32"], "made_by": maker, "used": 0}
    assert {name: made[name] for name in told_of} == told_of
    assert (made["last_used_at"], made["revoked_at"]) == (None, None)
    [listed] = (await client.get(links(house), headers=proof(house))).json()["data"]
    assert made == listed == await shown(house, client, made)
    assert datetime.fromisoformat(made["expires_at"]) > datetime.fromisoformat(made["created_at"])
    assert dict(parse_qsl(urlsplit(url).query))["share"] == made["id"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"uses": 0}, "uses"),
        ({"uses": 1_000_001}, "uses"),
        ({"uses": "3"}, "uses"),
        ({"networks": "192.0.2.0/24"}, "networks"),
        ({"networks": [7]}, "networks"),
        ({"networks": ["192.0.2.7/24"]}, "networks"),
        ({"networks": ["192.0.2.7"] * 51}, "networks"),
        ({"mix": "loud"}, "mix"),
        ({"form": "wav", "from": -1}, "from"),
        ({"form": "wav", "from": 5_000}, "from"),
        ({"form": "wav", "to": 0}, "to"),
        ({"form": "wav", "from": 900, "to": 400}, "to"),
        ({"form": "flac", "to": 400}, "from"),
        ({"form": "original", "mix": "left"}, "form"),
        ({"network": ANNA}, "network"),
    ],
)
async def test_a_leash_that_cannot_be_is_a_problem_that_names_the_field(
    said: dict[str, Any], field: str, house: House, client: httpx2.AsyncClient
) -> None:
    answer = await client.post(links(house), json=said, headers=proof(house))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


async def test_anothers_link_is_answered_like_a_missing_one(
    house: House, client: httpx2.AsyncClient
) -> None:
    made = await shared(house, client)
    theirs = {"authorization": f"Bearer {house.theirs.keys['all']}"}
    own = house.theirs.recordings["call"].id
    for method in ("GET", "DELETE"):
        bodies = set()
        for recording, id in (
            (own, made["id"]),
            (own, UUID(int=7)),
            (own, "no-uuid"),
        ):
            place = f"/vault/v1/recordings/{recording}/links/{id}"
            answer = await client.request(method, place, headers=theirs)
            assert answer.status_code == 404
            bodies.add(answer.text.replace(str(id), "ID"))
        assert len(bodies) == 1
    assert (await shown(house, client, made))["revoked_at"] is None
