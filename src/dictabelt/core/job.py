"""The nouns of background work that must survive a crash."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dictabelt.core.ids import AccountId, JobId


@dataclass(frozen=True, slots=True)
class Job:
    """Work to be done at `due_at` or later, for one account.

    Of jobs with one `lock`, one at a time is waiting or at work: enqueuing
    another does nothing.
    """

    kind: str
    account: AccountId
    payload: Mapping[str, str]
    due_at: datetime
    lock: str | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """Jobs of one kind: those that are `due`, the others, and the longest wait of a due one."""

    kind: str
    due: int
    later: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How many jobs of a kind are at work at once, on all machines together; None is no limit."""

    everywhere: int | None = None
    of_account: int | None = None


@dataclass(frozen=True, slots=True)
class Leased:
    """A job that one worker may do until `until`.

    `attempt` counts from 1 and is the fence: a worker whose lease ran out and
    was taken over has an older number, and can neither end nor keep the job.
    """

    id: JobId
    job: Job
    attempt: int
    until: datetime
