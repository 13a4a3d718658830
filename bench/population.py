"""Who is in a made-up vault: accounts of very different size, and the rare things to look for."""

from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

# Shares of all recordings: one account, one more, some of middle size, many small ones.
_SHARES = ((1, 0.6), (1, 0.1), (20, 0.2), (2000, 0.1))
HUGE, LOPSIDED = 0, 1
"""Positions: the account with most recordings, and one whose calls are nearly all alike."""


_CHANNEL = UUID("3f1d6a52-5a0c-4c8e-9d3e-6a1b2c3d4e5f")


@dataclass(frozen=True, slots=True)
class Rare:
    """What only the `COUNT` oldest recordings of the huge account have, or of the lopsided one."""

    count: int = 3
    tag: str = "rare"
    number: str = "+18005550199"
    own_number: str = "+18005550100"
    device: str = "rare-device"
    end_user: str = "rare-user"
    channel: UUID = _CHANNEL
    duration_ms: int = 6 * 3_600_000


RARE = Rare()


@dataclass(frozen=True, slots=True)
class Population:
    """Accounts by position, and how a share of all recordings falls to each."""

    accounts: tuple[bytes, ...]
    edges: NDArray[np.float64]
    numbers: NDArray[np.float64]

    def of(self, random: NDArray[np.float64]) -> NDArray[np.int64]:
        """Positions of accounts, for random shares from 0 up to 1."""
        return np.searchsorted(self.edges, random, side="right")


def population(recordings: int, ids: list[bytes]) -> Population:
    """For so many recordings, out of `size()` ids; `numbers` says how many call each account."""
    weights = np.concatenate([np.full(count, share / count) for count, share in _SHARES])
    edges = np.cumsum(weights)
    edges[-1] = 1.0
    return Population(tuple(ids), edges, np.maximum(20.0, 0.1 * recordings * weights))


def size() -> int:
    """How many accounts there are."""
    return sum(count for count, _ in _SHARES)
