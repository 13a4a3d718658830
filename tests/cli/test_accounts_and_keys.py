"""`dictabelt account`, `key` and `link-key`."""

from uuid import UUID

import pytest

from cli.running import Command
from dictabelt.core.tokens import well_formed


def test_adding_an_account_makes_the_vault_and_prints_the_id(command: Command) -> None:
    added = command("account", "add", "Harbour Clinic")
    (listed,) = command("account", "list", "--json").json
    assert added.code == 0
    assert listed["id"] == str(UUID(added.out.strip()))
    assert listed["name"] == "Harbour Clinic"


def test_an_account_keeps_what_it_was_given(command: Command) -> None:
    command("account", "add", "Plain")
    command("account", "add", "Strict", "--protect-media", "--link-lifetime", "15m")
    plain, strict = command("account", "list", "--json").json
    assert (plain["media_public"], plain["link_seconds"]) == (True, None)
    assert (strict["media_public"], strict["link_seconds"]) == (False, 900)


def test_a_name_in_use_is_refused(clinic: Command) -> None:
    again = clinic("account", "add", "Clinic")
    assert again.code == 1
    assert again.err == (
        "dictabelt: error: there is an account 'Clinic' already; choose another name\n"
    )


def test_a_list_elsewhere_than_on_a_terminal_is_tab_separated(clinic: Command) -> None:
    (line,) = clinic("account", "list").lines
    id, name, _ = line.split("\t")
    assert (str(UUID(id)), name) == (id, "Clinic")


def test_looking_at_a_folder_without_a_vault_makes_none(command: Command) -> None:
    looked = command("account", "list", "--data", "typo")
    assert looked.code == 4
    assert "there is no vault in typo" in looked.err
    assert "--data" in looked.err
    assert command("account", "list", "--data", "typo").code == 4


def test_a_key_is_printed_alone_on_stdout_and_once(clinic: Command) -> None:
    added = clinic("key", "add", "billing app")
    token = added.out.strip()
    (listed,) = clinic("key", "list", "--json").json
    assert well_formed(token)
    assert token not in added.err
    assert listed["name"] == "billing app"
    assert listed["scopes"] == ["recordings:read", "recordings:write"]
    assert token not in clinic("key", "list", "--json").out


def test_a_key_has_the_scopes_the_life_and_the_dialect_it_was_given(clinic: Command) -> None:
    options = ("--scope", "read", "--scope", "admin", "--expires", "1h", "--dialect", "laml")
    key = clinic("key", "add", "auditor", *options, "--json").json
    assert key["scopes"] == ["admin", "recordings:read"]
    assert key["expires_at"] is not None
    assert key["dialect"] == "laml"
    assert well_formed(key["token"])


def test_a_dialect_that_is_not_there_is_refused_with_those_that_are(clinic: Command) -> None:
    refused = clinic("key", "add", "x", "--dialect", "lmal")
    assert refused.code == 2
    assert "laml" in refused.err


def test_a_revoked_key_stays_in_the_list_as_revoked(clinic: Command) -> None:
    clinic("key", "add", "kept")
    key = clinic("key", "add", "lost", "--json").json["id"]
    assert clinic("key", "revoke", key).code == 0
    kept, lost = clinic("key", "list", "--json").json
    assert kept["revoked_at"] is None
    assert lost["revoked_at"] is not None


def test_another_accounts_key_cannot_be_revoked(clinic: Command) -> None:
    clinic("account", "add", "Rival")
    key = clinic("key", "add", "x", "--account", "Clinic", "--json").json["id"]
    refused = clinic("key", "revoke", key, "--account", "Rival")
    (kept,) = clinic("key", "list", "--account", "Clinic", "--json").json
    assert refused.code == 1
    assert "`dictabelt key list` shows them" in refused.err
    assert kept["revoked_at"] is None


def test_with_two_accounts_one_must_be_named(clinic: Command) -> None:
    clinic("account", "add", "Rival")
    refused = clinic("key", "list")
    assert refused.code == 2
    assert refused.err == (
        "dictabelt: error: which account? Say --account with one of: 'Clinic', 'Rival'\n"
    )


@pytest.mark.parametrize("spelled", ["name", "id"])
def test_an_account_is_named_by_name_or_id(clinic: Command, spelled: str) -> None:
    clinic("account", "add", "Rival")
    account = clinic("account", "list", "--json").json[1]
    key = clinic("key", "add", "x", "--account", account[spelled], "--json").json
    assert key["account"] == account["id"]


def test_rotating_link_keys_retires_the_older_ones_after_the_grace(clinic: Command) -> None:
    (before,) = clinic("link-key", "list", "--json").json
    made = clinic("link-key", "rotate", "--grace", "2d", "--json").json
    newest, older = clinic("link-key", "list", "--json").json
    assert newest["id"] == made["id"]
    assert newest["retired_at"] is None
    assert older["id"] == before["id"]
    assert older["retired_at"] is not None


def test_a_grace_beyond_the_life_of_links_is_refused(clinic: Command) -> None:
    refused = clinic("link-key", "rotate", "--grace", "8d")
    assert refused.code == 2
    assert "7 days" in refused.err
    assert len(clinic("link-key", "list", "--json").json) == 1
