"""The rules of links on a leash: who may follow one, and what counts as one use of it."""

from dataclasses import replace
from datetime import datetime, timedelta

from dictabelt.core.errors import Invalid, LinkElsewhere, LinkRevoked, LinkUsedUp
from dictabelt.core.networks import network, within
from dictabelt.core.share import Caller, Leash, Share, Use

MOST_USES = 1_000_000
MOST_NETWORKS = 50
# Players ask for many ranges in one hearing: requests of one address belong to one use until
# it has been quiet for so long.
QUIET = timedelta(minutes=15)
# Instants of uses are kept to the minute, so that a range request seldom writes.
COARSE = timedelta(minutes=1)


def bounded(leash: Leash) -> Leash:
    """The leash with its networks spelled one way. Raises Invalid."""
    if leash.uses is not None and not 1 <= leash.uses <= MOST_USES:
        raise Invalid(f"uses must be from 1 to {MOST_USES}", field="uses")
    if len(leash.networks) > MOST_NETWORKS:
        raise Invalid(f"networks are at most {MOST_NETWORKS}", field="networks")
    networks = tuple(dict.fromkeys(network(it) for it in leash.networks))
    return replace(leash, networks=networks)


def goes_on(use: Use | None, now: datetime) -> bool:
    """Whether a request at `now` belongs to that use: exactly so within 15 minutes of its last.

    What is kept of the last request may be a minute old, which is in the
    listener's favour: from 16 minutes on it is another use.
    """
    return use is not None and now - use.last_at < QUIET + COARSE


def is_recent(use: Use | None, now: datetime) -> bool:
    """Whether a request at `now` need not be written down."""
    return use is not None and now - use.last_at < COARSE


def admitted(share: Share | None, use: Use | None, *, caller: Caller, now: datetime) -> Share:
    """The share, for whoever may follow its link at `now`; `use` is the caller's last one.

    Raises LinkRevoked (also for a share that never was), LinkElsewhere, LinkUsedUp,
    the first that holds.
    """
    if share is None or share.revoked_at is not None:
        raise LinkRevoked("the link was revoked")
    if share.networks and not within(caller.address, share.networks):
        raise LinkElsewhere("the link is for callers of other addresses")
    if share.uses is not None and share.used >= share.uses and not goes_on(use, now):
        raise LinkUsedUp("the link was used as often as it may be")
    return share


def continued(use: Use | None, share: Share, *, caller: Caller, now: datetime) -> Use:
    """The caller's use with a request at `now`: the one that goes on, or a new one."""
    if use is not None and goes_on(use, now):
        return replace(use, last_at=max(use.last_at, now))
    return Use(share.id, caller.address, first_at=now, last_at=now)
