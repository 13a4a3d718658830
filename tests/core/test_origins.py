"""Which URLs are a server's, and their one spelling."""

import pytest

from dictabelt.core.origins import endpoint, origin, path_of, proxy


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("https://s3.example", "https://s3.example"),
        ("HTTPS://S3.Example", "https://s3.example"),
        ("https://s3.example:443", "https://s3.example"),
        ("http://s3.example:80", "http://s3.example"),
        ("http://s3.example:443", "http://s3.example:443"),
        ("https://XN--BCHER-KVA.example", "https://xn--bcher-kva.example"),
        ("https://s3.xn--strae-oqa.xn--p1ai", "https://s3.xn--strae-oqa.xn--p1ai"),
        ("http://127.0.0.1:8333", "http://127.0.0.1:8333"),
        ("http://my_store:9000", "http://my_store:9000"),
        ("http://[0:0:0:0:0:0:0:1]:8333", "http://[::1]:8333"),
    ],
)
def test_a_server_has_one_spelling(url: str, spelled: str) -> None:
    assert origin(url) == spelled
    assert endpoint(f"{url}/Media/a.b") == f"{spelled}/Media/a.b"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "s3.example",
        "ftp://s3.example",
        "https://",
        "https:///x",
        "https://user:hush@s3.example",
        "https://user@s3.example",
        "https://s3.example?a=b",
        "https://s3.example#f",
        "https://s3.example\n",
        "https://s3\nexample",
        " https://s3.example",
        "https://s3 example",
        "https://s3..example",
        "https://ü.example",
        "https://s3.example:",
        "https://s3.example:0",
        "https://s3.example:99999",
        "https://s3.example:٣",
        "https://xn--.example",
        "https://xn--a.example",
        "https://s3.xn--zzzzzzzzz",
        "http://127.0.0.1.5",
        "http://256.0.0.1",
        "http://0x7f.1",
        "http://[::1",
        "http://[::1]x",
        "http://[::g]",
        "http://[fe80::1%eth0]",
        "https://s3.example/",
        "https://s3.example/a/",
        "https://s3.example/a/../b",
        "https://s3.example/.",
        "https://s3.example/a%20b",
        "https://s3.example/a?b",
        "https://s3.example/a\n",
    ],
)
def test_what_is_no_server_is_refused_without_saying_it_again(url: str) -> None:
    for read in (origin, endpoint):
        with pytest.raises(ValueError, match=r"needs the form https://host") as refused:
            read(url)
        assert "hush" not in str(refused.value)


def test_only_an_endpoint_has_a_path() -> None:
    with pytest.raises(ValueError, match="without a path"):
        origin("https://s3.example/a")
    assert path_of("https://s3.example/a/b") == "/a/b"
    assert path_of("https://s3.example") == path_of("") == ""


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128"),
        ("HTTP://Me:Hush%40@Proxy.example", "http://Me:Hush%40@proxy.example"),
        ("https://me@proxy.example:443", "https://me@proxy.example"),
    ],
)
def test_a_proxy_may_want_a_login(url: str, spelled: str) -> None:
    assert proxy(url) == spelled


@pytest.mark.parametrize(
    "url", ["http://@proxy", "http://a b@proxy", "http://a:b@", "http://a/b@proxy", "socks9://a@b"]
)
def test_other_logins_are_none(url: str) -> None:
    with pytest.raises(ValueError, match="needs the form"):
        proxy(url)
