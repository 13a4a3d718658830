"""The last guard against writing one account's thing under another's name."""

from dictabelt.core.ids import AccountId


def same_account(account: AccountId, owner: AccountId) -> None:
    """Raises ValueError, a fault of ours, when the two differ."""
    if account != owner:
        raise ValueError("the thing belongs to another account")
