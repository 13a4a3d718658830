"""What was found out lately."""

from dictabelt.http.recent import Recent


def test_what_was_found_is_found_again() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    assert recent.get("a") == 1
    assert recent.get("b") is None
    recent.put("a", 2)
    assert recent.get("a") == 2


def test_what_was_not_asked_for_longest_is_forgotten_first() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    recent.get("a")
    recent.put("c", 3)
    assert [recent.get(it) for it in ("a", "b", "c")] == [1, None, 3]
