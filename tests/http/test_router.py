"""Whose path it is, and two claims to one path."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from starlette.responses import Response

from dictabelt.http.dialect import (
    Dialect,
    Endpoint,
    Exchange,
    MethodNotAllowed,
    NoSuchPath,
    discover,
)
from dictabelt.http.router import Router, TwoClaims


async def answer(exchange: Exchange) -> Response:
    return Response()


def dialect(name: str, prefix: str, *claims: str) -> Dialect:
    """A dialect whose endpoints are `METHOD /path`."""
    endpoints = [claim.split(" ") for claim in claims]
    return Dialect(
        name=name,
        title=name,
        prefixes=(prefix,),
        endpoints=tuple(Endpoint(method, path, answer, "-") for method, path in endpoints),
        credentials=lambda request: None,
        error=lambda refusal, request: Response(),
        spell=lambda recording: str(recording.id),
        visit=lambda visitor: pytest.fail("nobody visits"),
        document=dict,
    )


LONG = dialect("long", "/v1/x", "GET /v1/x/{id}")
SHORT = dialect("short", "/v1", "GET /v1/{id}", "DELETE /v1/{id}", "POST /v1/{id}/link")


@pytest.mark.parametrize("dialects", [(LONG, SHORT), (SHORT, LONG)])
@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("/v1", SHORT),
        ("/v1/", SHORT),
        ("/v1/y", SHORT),
        ("/v1/xy", SHORT),
        ("/v1/x", LONG),
        ("/v1/x/7", LONG),
        ("/v12", None),
        ("/", None),
        ("", None),
        ("/V1/x", None),
        ("//v1/x", None),
    ],
)
def test_a_path_belongs_to_the_longest_prefix_of_whole_segments(
    dialects: tuple[Dialect, ...], path: str, owner: Dialect | None
) -> None:
    assert Router(dialects).dialect(path) is owner


def test_an_endpoint_is_found_with_what_stands_in_its_path() -> None:
    endpoint, parameters = Router([SHORT]).endpoint(SHORT, method="DELETE", path="/v1/abc")
    assert (endpoint.method, parameters) == ("DELETE", {"id": "abc"})


def test_head_goes_where_get_goes() -> None:
    assert Router([SHORT]).endpoint(SHORT, method="HEAD", path="/v1/abc")[0].method == "GET"


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/a/b", "/v1/a/"])
def test_a_parameter_is_one_whole_segment(path: str) -> None:
    with pytest.raises(NoSuchPath):
        Router([SHORT]).endpoint(SHORT, method="GET", path=path)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/abc", ("DELETE", "GET", "HEAD")),
        ("GET", "/v1/abc/link", ("POST",)),
        ("HEAD", "/v1/abc/link", ("POST",)),
        ("get", "/v1/abc", ("DELETE", "GET", "HEAD")),
    ],
)
def test_a_method_that_is_not_there_names_those_that_are(
    method: str, path: str, allowed: tuple[str, ...]
) -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        Router([SHORT]).endpoint(SHORT, method=method, path=path)
    assert caught.value.allowed == allowed


def _same_prefix() -> list[Dialect]:
    return [SHORT, replace(LONG, prefixes=("/v1",))]


def _outside() -> list[Dialect]:
    return [dialect("a", "/v1", "GET /v2/{id}")]


def _twice() -> list[Dialect]:
    return [dialect("a", "/v1", "GET /v1/{id}", "GET /v1/{id}")]


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        (_same_prefix, "short and long both claim /v1"),
        (_outside, "a claims /v2/{id} outside"),
        (_twice, "a claims GET /v1/{id} twice"),
    ],
)
def test_a_wrong_claim_fails_at_the_start_by_name(
    claims: Callable[[], list[Dialect]], told: str
) -> None:
    with pytest.raises(TwoClaims, match=told):
        Router(claims())


def test_the_vendors_paths_are_disjoint() -> None:
    dialects = discover()
    router = Router(dialects)
    for it in dialects:
        assert all(router.dialect(f"{prefix}/x") is it for prefix in it.prefixes)
