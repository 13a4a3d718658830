"""One transaction's tables and its instant; what it may do is said by `Reading` and `Writing`."""

from datetime import datetime

from dictabelt.core.ports import Seal
from dictabelt.db.accounts import Accounts
from dictabelt.db.analyses import Analyses
from dictabelt.db.calls import Calls
from dictabelt.db.deliveries import Deliveries
from dictabelt.db.events import Events
from dictabelt.db.hooks import Hooks
from dictabelt.db.jobs import Jobs
from dictabelt.db.kept import Kept
from dictabelt.db.keys import ApiKeys, LinkKeys
from dictabelt.db.once import Once
from dictabelt.db.query import Runner
from dictabelt.db.recordings import Recordings
from dictabelt.db.renditions import Renditions
from dictabelt.db.shares import Shares
from dictabelt.db.transcriptions import Transcriptions


class Transaction:
    """Table groups over one runner, made when they are asked for."""

    __slots__ = ("_now", "_runner", "_seal", "stirred")

    def __init__(self, runner: Runner, now: datetime, *, seal: Seal) -> None:
        self._runner = runner
        self._now = now
        self._seal = seal
        self.stirred = False

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

    @property
    def analyses(self) -> Analyses:
        return Analyses(self._runner)

    @property
    def kept(self) -> Kept:
        return Kept(self._runner)

    @property
    def transcriptions(self) -> Transcriptions:
        return Transcriptions(self._runner)

    @property
    def hooks(self) -> Hooks:
        return Hooks(self._runner, self._seal)

    @property
    def events(self) -> Events:
        return Events(self._runner)

    @property
    def deliveries(self) -> Deliveries:
        return Deliveries(self._runner)

    @property
    def shares(self) -> Shares:
        return Shares(self._runner)

    @property
    def once(self) -> Once:
        return Once(self._runner, self._seal)

    @property
    def jobs(self) -> Jobs:
        return Jobs(self._runner, self._stir)

    def _stir(self) -> None:
        self.stirred = True
