"""Everything that is nearly a link, and opens nothing."""

import random
import string
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dictabelt.http.sigv4 import Asked, LinkRefused, Signer, sign, verify
from signing import NOW, ORIGIN, PATH, SIGNER, X_ID, Pairs, asked, link, refusal, trust


def with_parameter(name: str, value: str | None) -> str:
    head, _, query = link(extra=(("X-Amz-Security-Token", "t"),)).partition("?")
    fields = [it for it in query.split("&") if not it.startswith(f"{name}=")]
    place = [it.startswith(f"{name}=") for it in query.split("&")].index(True)
    return f"{head}?" + "&".join(
        [*fields[:place], *([] if value is None else [f"{name}={value}"]), *fields[place:]]
    )


MALFORMED = "AuthorizationQueryParametersError"
SCOPE = "2Feu-west-1%2Fs3%2Faws4_request"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        *[
            (name, None, MALFORMED)
            for name in (
                "X-Amz-Algorithm",
                "X-Amz-Credential",
                "X-Amz-Date",
                "X-Amz-Expires",
                "X-Amz-SignedHeaders",
                "X-Amz-Signature",
            )
        ],
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA1", MALFORMED),
        ("X-Amz-Algorithm", "aws4-hmac-sha256", MALFORMED),
        ("X-Amz-SignedHeaders", "", MALFORMED),
        ("X-Amz-SignedHeaders", "Host", MALFORMED),
        ("X-Amz-SignedHeaders", "host%3Brange", MALFORMED),
        *[
            ("X-Amz-Expires", it, MALFORMED)
            for it in (
                "0",
                "-1",
                "",
                "604801",
                "6e2",
                "600.0",
                "+600",
                "%D9%A6",
                "9" * 5000,
                "600%0A",
            )
        ],
        *[
            ("X-Amz-Date", it, MALFORMED)
            for it in (
                "",
                "20260131",
                "20260230T000000Z",
                "20260131T235960Z",
                "2026-01-31T23:59:30Z",
                "20260131T235930",
                "20260131T235930Z%0A",
                "00000131T235930Z",
            )
        ],
        ("X-Amz-Date", "99991231T235959Z", MALFORMED),
        *[
            ("X-Amz-Credential", it, MALFORMED)
            for it in (
                "",
                "%2F",
                "DBLK",
                f"%2F20260131%{SCOPE}",
                f"DBLK%2F20260130%{SCOPE}",
                "DBLK%2F20260131%2Fus-east-1%2Fs3%2Faws4_request",
                "DBLK%2F20260131%2Feu-west-1%2Fs4%2Faws4_request",
                "DBLK%2F20260131%2Feu-west-1%2Fs3%2Faws4",
                f"DBLK%2F20260131%{SCOPE}%2F",
            )
        ],
        ("X-Amz-Credential", f"DBLK%2F20260131%{SCOPE}", "InvalidAccessKeyId"),
        ("X-Amz-Security-Token", "", "InvalidToken"),
        ("X-Amz-Security-Token", "u", "SignatureDoesNotMatch"),
        ("X-Amz-Security-Token", None, "SignatureDoesNotMatch"),
        ("X-Amz-Signature", "", "SignatureDoesNotMatch"),
        ("X-Amz-Signature", "%C3%A9", "SignatureDoesNotMatch"),
        ("X-Amz-Expires", "%36%30%30", "InvalidURI"),
        ("X-Amz-Expires", "%", "InvalidURI"),
    ],
)
def test_a_bent_parameter_is_refused_by_name(name: str, value: str | None, code: str) -> None:
    assert refusal(with_parameter(name, value)).code == code


def test_a_date_at_the_end_of_time_overflows_nothing() -> None:
    url = sign(SIGNER, ORIGIN + PATH, expires=600, now=datetime.max.replace(tzinfo=UTC))
    assert str(refusal(url)) == "Request is not valid yet"


@pytest.mark.parametrize("query", ["", "&", "=", "X-Amz-Signature", "X-Amz-Signature&=&&", "%&%=%"])
def test_a_query_of_nothing_much_is_refused(query: str) -> None:
    assert refusal(f"{ORIGIN}{PATH}?{query}").code in (MALFORMED, "InvalidURI")


def test_a_signed_parameter_counts_once() -> None:
    assert refusal(link(extra=(("a", "1"), ("a", "2")))).code == MALFORMED
    for field in link().partition("?")[2].split("&"):
        assert refusal(f"{link()}&{field}").code == MALFORMED


def test_a_parameter_out_of_its_place_is_refused() -> None:
    head, _, query = link(extra=(X_ID,)).removeprefix(ORIGIN).partition("?")
    fields = query.split("&")
    good = []
    for start, end in product(range(len(fields)), repeat=2):
        moved = [*fields[:start], *fields[start + 1 :]]
        moved.insert(end, fields[start])
        if holds("GET", f"{head}?{'&'.join(moved)}"):
            good.append(moved)
    botocores = ["x-id=GetObject", *(it for it in fields if it != "x-id=GetObject")]
    assert all(it in (fields, botocores) for it in good)
    assert botocores in good


def test_two_valid_links_never_combine() -> None:
    other = Signer("DBLKOTHER", "another secret", SIGNER.region)
    later = NOW + timedelta(minutes=5)
    links = (
        link(extra=(X_ID,)),
        sign(other, f"{ORIGIN}/b.mp3", expires=7200, now=later, extra=(("x-id", "HeadObject"),)),
    )
    parts = [[it.partition("?")[0], *it.partition("?")[2].split("&")] for it in links]
    good = set()
    for choice in product((0, 1), repeat=len(parts[0])):
        chosen = [parts[which][place] for place, which in enumerate(choice)]
        try:
            url = f"{chosen[0]}?{'&'.join(chosen[1:])}"
            verify(asked(url), trust(ORIGIN, SIGNER, other), now=NOW + timedelta(minutes=6))
        except LinkRefused:
            continue
        good.add(url)
    assert good == set(links)


def mutant(target: str, rng: random.Random) -> tuple[str, str, str]:
    """Method, request target and trusted origin, one of them bent."""
    path, _, query = target.partition("?")
    origin, fields = ORIGIN, query.split("&")
    place = rng.randrange(len(target))
    match rng.randrange(12):
        case 0:
            flipped = chr(ord(target[place]) ^ 1 << rng.randrange(7))
            target = target[:place] + flipped + target[place + 1 :]
        case 1:
            rng.shuffle(fields)
            target = f"{path}?{'&'.join(fields)}"
        case 2:
            fields.insert(rng.randrange(len(fields) + 1), rng.choice(fields))
            target = f"{path}?{'&'.join(fields)}"
        case 3:
            target = target[:place] + target[place].swapcase() + target[place + 1 :]
        case 4:
            where = rng.choice([at for at, it in enumerate(path) if it == "/"])
            segment = rng.choice(["/x", "/.", "/..", "/", "%2F", "//", ";a=b"])
            target = f"{path[:where]}{segment}{path[where:]}?{query}"
        case 5:
            return rng.choice(["PUT", "POST", "DELETE", "PATCH", "get", "", "GETT"]), target, origin
        case 6:
            hosts = ["vault.example.evil.org", "vault.example:8443", "evil.org", "vault.exampl"]
            origin = f"https://{rng.choice(hosts)}"
        case 7:
            del fields[rng.randrange(len(fields))]
            target = f"{path}?{'&'.join(fields)}"
        case 8:
            target = target[:place] + rng.choice(string.printable) + target[place:]
        case 9:
            target = target[:place] + target[place + 1 :]
        case 10:
            target = target.replace(target[place], f"%{ord(target[place]):02X}", 1)
        case _:
            name = rng.choice(["versionId", "response-content-type", "x-amz-date", "X-Amz-Foo", ""])
            fields.insert(rng.randrange(len(fields) + 1), f"{name}=x")
            target = f"{path}?{'&'.join(fields)}"
    return "GET", target, origin


PART = (("mix", "left"), ("from", "1000"), ("to", "5000"), ("share", "5b74ee9e"))


@pytest.mark.parametrize("extra", [(), (X_ID,), (("X-Amz-Security-Token", "a:b/c"), X_ID), PART])
def test_none_of_10_000_mutants_is_accepted(extra: Pairs) -> None:
    right = link("/media/workspaceID:1/sourceID:2/a b.mp3", extra=extra).removeprefix(ORIGIN)
    rng = random.Random(20260131)
    tried, accepted = 0, []
    while tried < 10_000:
        method, target, origin = mutant(right, rng)
        if (method, target, origin) != ("GET", right, ORIGIN):
            tried += 1
            accepted += [target] if holds(method, target, origin) else []
    assert accepted == []
    assert holds("GET", right, ORIGIN)


def holds(method: str, target: str, origin: str = ORIGIN) -> bool:
    path, _, query = target.encode().partition(b"?")
    try:
        return bool(verify(Asked(method, path, query), trust(origin), now=NOW))
    except LinkRefused:
        return False


@settings(deadline=None, max_examples=200)
@given(path=st.binary(max_size=40), query=st.binary(max_size=200))
def test_any_bytes_get_a_refusal_and_nothing_else(path: bytes, query: bytes) -> None:
    with pytest.raises(LinkRefused):
        verify(Asked("GET", path, query), trust(), now=NOW)


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_any_bytes_in_a_parameter_get_a_refusal_and_nothing_else(data: st.DataObject) -> None:
    parts = link().partition("?")[2].encode().split(b"&")
    place = data.draw(st.integers(0, len(parts) - 1))
    name, _, value = parts[place].partition(b"=")
    bent = data.draw(st.binary(max_size=40).filter(lambda it: it != value))
    parts[place] = name + b"=" + bent
    with pytest.raises(LinkRefused):
        verify(Asked("GET", PATH.encode(), b"&".join(parts)), trust(), now=NOW)
