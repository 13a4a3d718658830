"""`dictabelt db`: the schema, and moving to another database."""

from pathlib import Path

from cli.running import Command
from dictabelt.db.schema import HEAD


def test_the_schema_is_shown(clinic: Command) -> None:
    assert clinic("db", "current", "--json").json == {"schema": HEAD, "needed": HEAD}
    assert clinic("db", "upgrade").code == 0


def test_where_no_vault_is_none_is_made(command: Command, tmp_path: Path) -> None:
    assert command("db", "current").lines == [f"none\t{HEAD}"]
    assert not list(tmp_path.rglob("*.sqlite3"))


def test_a_vault_is_copied_and_compared(clinic: Command, call: str, tmp_path: Path) -> None:
    copied = clinic(
        "db",
        "copy",
        "--from",
        "sqlite:dictabelt-data/vault.sqlite3",
        "--to",
        "sqlite:other.db",
        "--json",
    )
    rows = {it["table"]: (it["rows"], it["same"]) for it in copied.json}
    assert rows["recordings"] == (1, True)
    assert all(same for _, same in rows.values())
    assert (tmp_path / "other.db").exists()


def test_a_place_that_is_none_is_named(clinic: Command) -> None:
    refused = clinic("db", "copy", "--from", "mysql://x", "--to", "sqlite:other.db")
    assert refused.code != 0
    assert "write sqlite:PATH" in refused.err
