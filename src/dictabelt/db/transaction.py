"""One transaction's tables and its instant; what it may do is said by `Reading` and `Writing`."""

from datetime import datetime

from dictabelt.db.accounts import Accounts
from dictabelt.db.calls import Calls
from dictabelt.db.keys import ApiKeys, LinkKeys
from dictabelt.db.query import Runner
from dictabelt.db.recordings import Recordings
from dictabelt.db.renditions import Renditions


class Transaction:
    """Table groups over one runner, made when they are asked for."""

    __slots__ = ("_now", "_runner")

    def __init__(self, runner: Runner, now: datetime) -> None:
        self._runner = runner
        self._now = now

    @property
    def now(self) -> datetime:
        return self._now

    @property
    def accounts(self) -> Accounts:
        return Accounts(self._runner)

    @property
    def keys(self) -> ApiKeys:
        return ApiKeys(self._runner)

    @property
    def link_keys(self) -> LinkKeys:
        return LinkKeys(self._runner)

    @property
    def calls(self) -> Calls:
        return Calls(self._runner)

    @property
    def recordings(self) -> Recordings:
        return Recordings(self._runner)

    @property
    def renditions(self) -> Renditions:
        return Renditions(self._runner)
