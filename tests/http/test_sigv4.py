"""Links against botocore in both directions, and how long and for whom they hold."""

from datetime import datetime, timedelta
from itertools import product
from urllib.parse import parse_qsl, quote, urlsplit

import boto3
import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from dictabelt.core.errors import Invalid
from dictabelt.http.sigv4 import LinkRefused, Trust, Verified, sign, verify
from signing import NOW, ORIGIN, PATH, SIGNER, X_ID, Pairs, asked, link, refusal, trust


class Botocore:
    """botocore's own signer, at a fixed instant."""

    def __init__(self, token: str | None = None, *, expires: int = 600) -> None:
        credentials = Credentials(SIGNER.key_id, SIGNER.secret, token)
        self.auth = botocore.auth.S3SigV4QueryAuth(credentials, "s3", SIGNER.region, expires)

    def url(self, url: str, extra: Pairs = (), *, method: str = "GET") -> str:
        request = AWSRequest(method=method, url=url, params=dict(extra))
        self.auth.add_auth(request)
        return str(request.url)

    def signature(self, url: str) -> str:
        """What botocore would sign the URL with, its own signature apart."""
        bare, _, _ = url.rpartition("&X-Amz-Signature=")
        request = AWSRequest(method="GET", url=bare)
        request.context["timestamp"] = dict(parse_qsl(urlsplit(url).query))["X-Amz-Date"]
        canonical = self.auth.canonical_request(request)
        return str(self.auth.signature(self.auth.string_to_sign(request, canonical), request))


@pytest.fixture(autouse=True)
def botocores_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: NOW.replace(tzinfo=None))


ODD_PATHS = [
    PATH,
    "/workspaceID:8bc02f53/sourceID:50fa2203/5b74ee9e.mp3",
    "/a b+c/100%/né/通話 录音/'quotes\"/~tilde_-.!*();@&=$,?#[].wav",
    "/%2F/%25/%zz",
    "/",
    "/a//b/../c/./",
]
EXTRAS: list[Pairs] = [
    (),
    (X_ID,),
    (
        (
            "response-content-disposition",
            "attachment; filename=\"a b.mp3\"; filename*=UTF-8''%C3%A9",
        ),
    ),
    (("response-content-type", "audio/x-wav"), X_ID),
    (("a", "1"), ("a-b", "2"), ("empty", "")),
]
ORIGINS = [
    "https://vault.example",
    "http://127.0.0.1:8080",
    "http://[::1]:8080",
    "https://[2001:db8::1]",
    "https://VAULT.Example:443",
    "http://vault.example:80",
    "http://vault.example:443",
]


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("path", ODD_PATHS)
@pytest.mark.parametrize("extra", EXTRAS)
def test_our_links_and_botocores_are_the_same(origin: str, path: str, extra: Pairs) -> None:
    ours = sign(SIGNER, origin + path, expires=600, now=NOW, extra=extra)
    theirs = Botocore().url(origin + quote(path, safe="/~"), extra)
    assert ours.partition("?")[0] == theirs.partition("?")[0]
    assert sorted(ours.partition("?")[2].split("&")) == sorted(theirs.partition("?")[2].split("&"))
    for url in (ours, theirs):
        assert verify(asked(url), trust(origin), now=NOW) == Verified(
            SIGNER.key_id, NOW, NOW + timedelta(seconds=600), tuple(extra)
        )


@pytest.mark.parametrize("extra", [(), (X_ID,)])
def test_links_with_a_session_token_hold_in_both_directions(extra: Pairs) -> None:
    token = ("X-Amz-Security-Token", "IQoJb3JpZ2luX2Vj+/==")
    ours = link(extra=(*extra, token))
    theirs = Botocore(token[1]).url(ORIGIN + PATH, extra)
    assert ours.rpartition("=")[2] == theirs.rpartition("=")[2]
    assert token in verify(asked(ours), trust(), now=NOW).extra
    assert token in verify(asked(theirs), trust(), now=NOW).extra


@pytest.mark.parametrize("path", ODD_PATHS)
def test_botocore_finds_our_signature_right(path: str) -> None:
    url = link(path, extra=(("response-content-disposition", 'inline; filename="é.wav"'),))
    assert Botocore().signature(url) == url.rpartition("=")[2]


@settings(deadline=None, max_examples=50)
@given(
    path=st.text(st.characters(exclude_categories=["Cs"])),
    value=st.text(st.characters(exclude_categories=["Cs"])),
)
def test_any_name_can_be_signed(path: str, value: str) -> None:
    url = link(f"/{path}", extra=(("response-content-disposition", value),))
    assert Botocore().signature(url) == url.rpartition("=")[2]
    assert verify(asked(url), trust(), now=NOW).extra == (("response-content-disposition", value),)


def test_a_boto3_clients_links_are_let_in() -> None:
    client = boto3.client(
        "s3",
        aws_access_key_id=SIGNER.key_id,
        aws_secret_access_key=SIGNER.secret,
        region_name=SIGNER.region,
        endpoint_url=ORIGIN,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    name = 'attachment; filename="a b.mp3"'
    url = client.generate_presigned_url(
        "get_object",
        Params={
            "Bucket": "media",
            "Key": "sourceID:1/a b.mp3",
            "ResponseContentDisposition": name,
            "ResponseContentType": "audio/mpeg",
        },
        ExpiresIn=60,
    )
    assert dict(verify(asked(url), trust(), now=NOW).extra) == {
        "response-content-disposition": name,
        "response-content-type": "audio/mpeg",
    }


def test_parameters_stand_in_the_order_of_s3_links_seen_in_the_wild() -> None:
    url = link(extra=(X_ID, ("X-Amz-Security-Token", "t")))
    assert [name for name, _ in parse_qsl(urlsplit(url).query)] == [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-Security-Token",
        "X-Amz-SignedHeaders",
        "x-id",
        "X-Amz-Signature",
    ]


def test_a_local_time_is_signed_as_utc() -> None:
    east = NOW.astimezone(datetime.strptime("+0530", "%z").tzinfo)
    assert sign(SIGNER, ORIGIN + PATH, expires=600, now=east) == link()


@pytest.mark.parametrize("expires", [0, -1, 604_801])
def test_a_lifetime_beyond_a_week_or_below_a_second_is_not_signed(expires: int) -> None:
    with pytest.raises(Invalid):
        link(expires=expires)


@pytest.mark.parametrize("expires", [1, 600, 604_800])
def test_expiry_is_exact_and_exclusive(expires: int) -> None:
    url, end = link(expires=expires), NOW + timedelta(seconds=expires)
    instant = timedelta(microseconds=1)
    assert verify(asked(url), trust(), now=end - instant).expires_at == end
    dead = refusal(url, now=end)
    assert (dead.code, str(dead)) == ("AccessDenied", "Request has expired")
    assert dead.details == (
        ("X-Amz-Expires", str(expires)),
        ("Expires", f"{end:%Y-%m-%dT%H:%M:%SZ}"),
        ("ServerTime", f"{end:%Y-%m-%dT%H:%M:%SZ}"),
    )


def test_a_fast_clock_of_15_minutes_is_forgiven_and_no_more() -> None:
    early = NOW - timedelta(minutes=15)
    assert verify(asked(link()), trust(), now=early).issued_at == NOW
    refused = refusal(link(), now=early - timedelta(microseconds=1))
    assert (refused.code, str(refused)) == ("AccessDenied", "Request is not valid yet")


def test_head_may_use_a_link_for_get_or_for_head_and_nothing_else_may() -> None:
    for method, other in product(("GET", "HEAD", "PUT", "DELETE"), repeat=2):
        request = asked(Botocore().url(ORIGIN + PATH, method=method), other)
        if other == method or (method, other) == ("GET", "HEAD"):
            assert verify(request, trust(), now=NOW)
        else:
            with pytest.raises(LinkRefused, match="signature"):
                verify(request, trust(), now=NOW)


def test_any_trusted_host_may_have_been_signed() -> None:
    both = Trust(["other.example:8443", "vault.example"], trust().secret_of, SIGNER.region)
    assert verify(asked(link()), both, now=NOW)
    other = sign(SIGNER, f"https://other.example:8443{PATH}", expires=600, now=NOW)
    assert verify(asked(other), both, now=NOW)
    assert refusal(other).code == "SignatureDoesNotMatch"


def test_an_unknown_or_revoked_key_is_named_as_such() -> None:
    with pytest.raises(LinkRefused) as caught:
        verify(asked(link()), Trust(["vault.example"], lambda _: None, SIGNER.region), now=NOW)
    assert caught.value.code == "InvalidAccessKeyId"


def test_a_clients_own_spelling_of_reserved_characters_is_the_same_link() -> None:
    url = link("/workspaceID:1/a.mp3", extra=(X_ID,))
    plain = url.replace("%3A", ":").replace("%2F", "/")
    assert plain != url
    assert verify(asked(plain), trust(), now=NOW)
