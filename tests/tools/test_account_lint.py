"""The account lint: what is refused, where, and what is let through."""

import textwrap
from pathlib import Path

import pytest

import account_lint
from findings import parse, sources

ROOT = Path(__file__).resolve().parents[2]
ROUTES = "src/dictabelt/dialects/some/routes.py"


def refusals(code: str, *, path: str = ROUTES) -> list[str]:
    return [it.text for it in account_lint.check(parse(path, textwrap.dedent(code)))]


@pytest.mark.parametrize(
    "code",
    [
        "who = AccountId(uuid)",
        "who = ids.AccountId(uuid)",
        "who = cast(AccountId, uuid)",
        "who = typing.cast(ids.AccountId, uuid)",
        "who = cast('AccountId', uuid)",
        "who = cast('list[AccountId]', uuids)",
        "who = list(map(AccountId, uuids))",
        "who = convert(text, type=AccountId)",
        "mint = AccountId",
        "from dictabelt.core.ids import AccountId as mint",
        "who = Principal(account, scopes)",
    ],
)
def test_an_account_id_is_not_made_in_passing(code: str) -> None:
    assert len(refusals(code)) == 1
    assert refusals(code, path="src/dictabelt/core/access.py") == []


@pytest.mark.parametrize(
    "code",
    [
        "from dictabelt.core.ids import AccountId",
        "def get(account: AccountId, id: RecordingId) -> dict[AccountId, int]: ...",
        "AccountId = NewType('AccountId', UUID)",
        "right = isinstance(who, Principal)",
        "name = cast(str, value)",
    ],
)
def test_an_account_id_is_spoken_of_everywhere(code: str) -> None:
    assert refusals(code) == []


def test_rows_become_account_ids_but_never_principals() -> None:
    assert refusals("AccountId(row.account)", path="src/dictabelt/db/accounts.py") == []
    assert len(refusals("Principal(row.account)", path="src/dictabelt/db/accounts.py")) == 1


@pytest.mark.parametrize(
    ("method", "refused"),
    [
        ("async def get(self, account: AccountId, id: RecordingId) -> Recording: ...", 0),
        ("async def get(self, account: ids.AccountId, id: RecordingId) -> Recording: ...", 0),
        ("async def get(self, id: RecordingId) -> Recording: ...", 1),
        ("async def get(self, id: RecordingId, account: AccountId) -> Recording: ...", 1),
        ("async def get(self, *, account: AccountId) -> Recording: ...", 1),
        ("async def get(self, account: UUID) -> Recording: ...", 1),
        ("async def get(self, tenant: AccountId) -> Recording: ...", 1),
        ("def all(self) -> list[Recording]: ...", 1),
    ],
)
def test_every_query_of_rows_takes_the_account_first(method: str, refused: int) -> None:
    for port in ("RecordingReads", "NewThingWrites"):
        code = f"class {port}(Protocol):\n    {method}\n"
        assert len(refusals(code, path=account_lint.PORTS)) == refused


def test_ports_that_are_not_rows_are_left_alone() -> None:
    assert refusals("class Blobs(Protocol):\n    def open(self, key: str) -> Blob: ...\n") == []


def test_the_ports_are_where_the_lint_looks_and_its_exceptions_are_there() -> None:
    (source,) = (
        it for it in sources(ROOT, account_lint.PACKAGE) if it.path.as_posix() == account_lint.PORTS
    )
    methods = {called for called, _ in account_lint.port_methods(source)}
    assert methods >= account_lint.NOT_OF_AN_ACCOUNT
    assert "RecordingReads.get" in methods


@pytest.mark.parametrize(
    "code",
    [
        "now = datetime.now(UTC)",
        "now = datetime.datetime.now()",
        "now = datetime.utcnow()",
        "made = field(default_factory=datetime.now)",
        "day = date.today()",
        "now = time.time()",
        "from time import time",
        "from time import monotonic, time_ns",
    ],
)
def test_the_clock_is_read_by_the_transaction_alone(code: str) -> None:
    assert len(refusals(code)) == 1
    assert refusals(code, path="src/dictabelt/db/engine.py") == []


def test_a_transactions_now_and_monotonic_clocks_are_free() -> None:
    assert refusals("now = tx.now\nstart = time.monotonic()\nfrom time import monotonic") == []


@pytest.mark.parametrize(
    "code",
    [
        "try: f()\nexcept Exception: g()",
        "try: f()\nexcept Exception:\n  g()\n  raise",
        "try: f()\nexcept (ValueError, Exception): g()",
        "try: f()\nexcept: g()",
        "try: f()\nexcept:\n  raise",
        "try: f()\nexcept BaseException: g()",
        "try: f()\nexcept BaseException as fault: raise Internal from fault",
        "try: f()\nexcept BaseException:\n  if g(): raise",
        "with suppress(Exception): f()",
        "with contextlib.suppress(ValueError, BaseException): f()",
    ],
)
def test_only_the_edges_catch_everything(code: str) -> None:
    assert len(refusals(code)) == 1
    assert refusals(code, path="src/dictabelt/http/mount.py") == []
    assert refusals(code, path="src/dictabelt/jobs/worker.py") == []


@pytest.mark.parametrize(
    "code",
    [
        "try: f()\nexcept (ValueError, OSError): g()",
        "try: f()\nexcept BaseException:\n  clean_up()\n  raise",
        "try: f()\nexcept BaseException as it:\n  if g(it): raise\n  raise Other from it",
        "with suppress(FileNotFoundError): f()",
    ],
)
def test_named_errors_and_clean_up_are_free(code: str) -> None:
    assert refusals(code) == []
