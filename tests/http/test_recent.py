"""What was found out lately."""

from dictabelt.http.recent import Recent


def test_what_was_found_is_found_again() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    assert recent.get("a") == 1
    assert recent.get("b") is None
    recent.put("a", 2)
    assert recent.get("a") == 2


def test_the_oldest_finding_is_forgotten_first() -> None:
    recent: Recent[str, int] = Recent(2)
    for number, asked in enumerate("abac"):
        recent.put(asked, number)
    assert [recent.get(it) for it in "abc"] == [2, None, 3]
