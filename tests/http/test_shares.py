"""Links that are kept, as whoever holds one meets them: good until they are taken back."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID, uuid4

import pytest

from dictabelt.core.media import Form, Variant
from dictabelt.core.nouns import Terms
from dictabelt.http.link_parameters import SHARE
from dictabelt.http.sigv4 import sign
from hearing import heard
from linking import Scene, path, told

HOUR = Terms(Variant(Form.MP3), timedelta(hours=1))


def links(scene: Scene, which: str = "call") -> str:
    return f"/vault/v1/recordings/{scene.house.ours.recordings[which].id}/links"


def proof(scene: Scene) -> dict[str, str]:
    return {"authorization": f"Bearer {scene.house.ours.keys['all']}"}


async def shared(scene: Scene, which: str = "call", form: str = "mp3") -> tuple[str, str]:
    """The id and the URL of a new share of ours."""
    answer = await scene.client.post(links(scene, which), json={"form": form}, headers=proof(scene))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], answer.json()["url"]


async def revoke(scene: Scene, id: str, which: str = "call") -> None:
    answer = await scene.client.delete(f"{links(scene, which)}/{id}", headers=proof(scene))
    assert answer.status_code == 204


def with_query(url: str, *pairs: tuple[str, str]) -> str:
    return f"{url.partition('?')[0]}?{urlencode(pairs)}"


async def test_a_shared_link_plays_without_a_key_and_names_its_share(scene: Scene) -> None:
    id, url = await shared(scene, form="wav")
    assert dict(parse_qsl(urlsplit(url).query))[SHARE] == id
    answer = await scene.client.get(url)
    assert (answer.status_code, round(heard(answer.content).seconds, 1)) == (200, 2.4)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("form", ["original", "wav", "mp3"])
async def test_a_link_that_was_taken_back_is_refused_at_once(
    method: str, form: str, scene: Scene
) -> None:
    id, url = await shared(scene, form=form)
    played = await scene.client.get(url)
    assert played.status_code == 200
    await revoke(scene, id)
    for headers in (
        {},
        {"range": "bytes=0-1"},
        {"if-none-match": played.headers["etag"]},
        proof(scene),
    ):
        answer = await scene.client.request(method, url, headers=headers)
        assert answer.status_code == 403, headers
        assert answer.headers["cache-control"] == "no-store"
        if method == "GET":
            assert told(answer)["Code"] == "AccessDenied"
            assert "revoked" in told(answer)["Message"]


async def test_taking_one_back_leaves_the_others(scene: Scene) -> None:
    gone, url = await shared(scene)
    _, other = await shared(scene)
    plain = (
        await scene.client.get(f"{links(scene).removesuffix('/links')}/url", headers=proof(scene))
    ).json()["url"]
    await revoke(scene, gone)
    statuses = [(await scene.client.get(it)).status_code for it in (url, other, plain)]
    assert statuses == [403, 200, 200]


async def test_the_name_of_the_share_cannot_be_taken_off_or_changed(scene: Scene) -> None:
    gone, url = await shared(scene)
    good, _ = await shared(scene)
    await revoke(scene, gone)
    pairs = parse_qsl(urlsplit(url).query)
    rest = [it for it in pairs if it[0] != SHARE]
    for forged in (
        with_query(url, *rest),
        with_query(url, *rest, (SHARE, good)),
        with_query(url, *rest, (SHARE, "")),
        with_query(url, *rest, (SHARE, "no uuid")),
        with_query(url, *pairs, (SHARE, good)),
        with_query(url, (SHARE, good), *pairs),
        url.replace(f"{SHARE}=", f"{SHARE.title()}="),
    ):
        answer = await scene.client.get(forged)
        assert answer.status_code in (400, 403), forged
        assert answer.headers["content-type"] == "application/xml"


async def test_a_link_of_a_share_that_is_not_ours_is_refused(scene: Scene) -> None:
    house = scene.house
    theirs = house.theirs.recordings["call"].id
    foreign = (await house.vault.shares.make(house.theirs.owner, theirs, HOUR)).share.id
    ours = UUID((await shared(scene))[0])
    place, now, signer = f"{scene.base}{path(scene)}", await scene.now(), await scene.signer()
    statuses = [
        (await scene.client.get(sign(signer, place, expires=60, now=now, extra=extra))).status_code
        for extra in (
            ((SHARE, str(ours)),),
            ((SHARE, str(foreign)),),
            ((SHARE, str(uuid4())),),
        )
    ]
    assert statuses == [200, 403, 403]


async def test_a_share_takes_no_upload_and_opens_no_other_media(scene: Scene) -> None:
    _, url = await shared(scene)
    assert (await scene.client.put(url, content=b"x")).status_code == 403
    elsewhere = url.replace(path(scene).rpartition("/")[0], path(scene, "sip").rpartition("/")[0])
    assert elsewhere != url
    assert (await scene.client.get(elsewhere)).status_code == 403


async def test_a_share_of_what_was_deleted_opens_nothing(scene: Scene) -> None:
    _, url = await shared(scene, "sip")
    gone = await scene.client.delete(
        links(scene, "sip").removesuffix("/links"), headers=proof(scene)
    )
    assert gone.status_code == 204
    answer = await scene.client.get(url)
    assert (answer.status_code, told(answer)["Code"]) == (404, "NoSuchKey")
