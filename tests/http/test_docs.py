"""The page at /docs: every dialect's document, and nothing from anywhere else."""

import re

import httpx2
import pytest

from dictabelt.http.dialect import discover
from dictabelt.http.documents import unfolded

ELSEWHERE = re.compile(r"""(?:src|href)=["']?(?:https?:)?//|@import|url\(["']?https?:""")


async def test_the_root_says_what_this_is_and_where_to_read_on(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/")
    told = answer.json()
    assert (answer.status_code, told["name"], told["docs"]) == (200, "dictabelt", "/docs")
    assert set(told["apis"]) == {it.name for it in discover()}
    for path in told["apis"].values():
        assert (await client.get(path)).status_code == 200


async def test_the_page_shows_every_dialect(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    for it in discover():
        assert it.title in answer.text
        assert f"/docs/{it.name}.json" in answer.text


async def test_the_page_needs_nothing_from_another_site(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/docs")
    assert not ELSEWHERE.search(answer.text)
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    own = re.findall(r'(?:src|href)="(/docs/[^"?]+)"', answer.text)
    assert len(own) >= 4
    for path in own:
        asset = await client.get(path)
        assert asset.status_code == 200
        assert asset.content
    styles = next(it for it in own if it.endswith(".css"))
    assert not ELSEWHERE.search((await client.get(styles)).text)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/docs/start.js", "text/javascript"),
        ("/docs/swagger-ui-bundle.js", "text/javascript"),
        ("/docs/swagger-ui.css", "text/css"),
        ("/docs/favicon-32x32.png", "image/png"),
        ("/docs/laml.json", "application/json"),
    ],
)
async def test_every_part_has_its_type(path: str, kind: str, client: httpx2.AsyncClient) -> None:
    assert (await client.get(path)).headers["content-type"].startswith(kind)


@pytest.mark.parametrize("dialect", discover(), ids=lambda it: it.name)
async def test_a_document_is_given_as_it_is(dialect, client: httpx2.AsyncClient) -> None:  # type: ignore[no-untyped-def]
    assert (await client.get(f"/docs/{dialect.name}.json")).json() == unfolded(dialect.document())


async def test_a_slash_too_many_leads_to_the_page(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/docs/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")


@pytest.mark.parametrize(
    "path",
    [
        "/docs/nobody.json",
        "/docs/laml",
        "/docs/laml.json/x",
        "/docs/..%2fmount.py",
        "/docs/NOTICE",
        "/docs/__init__.py",
        "http://vault.test//docs",
    ],
)
async def test_nothing_else_is_there(path: str, client: httpx2.AsyncClient) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["status"]) == (404, 404)


async def test_the_page_is_only_read(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/docs")).status_code == 405
    assert (await client.head("/docs")).status_code == 200


async def test_a_host_of_nonsense_changes_nothing(client: httpx2.AsyncClient) -> None:
    for host in ("[", "a/b", "x?y", "#"):
        answer = await client.get("/docs/laml.json", headers={"host": host})
        assert answer.status_code == 200
        assert (await client.get("/", headers={"host": host})).status_code == 200


async def test_the_process_says_that_it_runs(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/"), ("POST", "/livez"), ("GET", "/livez/x"), ("GET", "/docs/none.json")],
)
async def test_what_is_not_served_is_not_found(
    method: str, path: str, client: httpx2.AsyncClient
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["status"]) == (404, 404)
