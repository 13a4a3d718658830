"""Group commit: many transactions, one after the other, made durable together."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

from dictabelt.core.errors import StorageFailed, VaultError
from dictabelt.core.ports import Seal, Writing
from dictabelt.db.engine import clock, refusal
from dictabelt.db.runner import SqliteRunner
from dictabelt.db.transaction import Transaction

MOST = 256

Answer = TypeVar("Answer")


class Turn:
    """One body's place in a batch: when it may run, that it has run, how the batch ended."""

    __slots__ = ("ended", "keep", "may_run", "settled", "stirred")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.may_run: asyncio.Future[VaultError | None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self.settled: asyncio.Future[VaultError | None] = loop.create_future()
        self.keep = False
        self.stirred = False


class Writer:
    """One connection; bodies run on the loop, BEGIN and COMMIT in a thread of its own.

    Every body is a savepoint of the batch's transaction, rolled back alone
    when it raises. A batch ends when nobody waits for a turn, or after `MOST`.
    `stirred` is set once a job is there that was not.
    """

    def __init__(self, connection: sqlite3.Connection, *, seal: Seal) -> None:
        self.stirred = asyncio.Event()
        self._connection = connection
        self._seal = seal
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="dictabelt-writer")
        self._waiting: deque[Turn] = deque()
        self._batches: asyncio.Task[None] | None = None
        self._closed = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Writing]:
        """Ends without an error only when what it wrote is durable."""
        turn = self._queue()
        try:
            _raise(await turn.may_run)
            with self._savepoint() as runner:
                tx = Transaction(runner, clock(), seal=self._seal)
                yield tx
            turn.keep, turn.stirred = True, tx.stirred
        finally:
            _tell(turn.ended, None)
        # a caller that is cancelled here leaves the batch as it is: its work may well be kept
        _raise(await asyncio.shield(turn.settled))

    async def close(self) -> None:
        """Lets those who wait finish, then closes; later transactions are refused."""
        self._closed = True
        if self._batches is not None and not self._batches.done():
            await asyncio.wait([self._batches])
        self._thread.shutdown()
        self._connection.close()

    def _queue(self) -> Turn:
        if self._closed:
            raise StorageFailed("the database is closed")
        turn = Turn(asyncio.get_running_loop())
        self._waiting.append(turn)
        # not in a `finally` of the task: one that is cancelled before it starts has none
        if self._batches is None or self._batches.done():
            self._batches = asyncio.create_task(self._run_batches())
        return turn

    @contextmanager
    def _savepoint(self) -> Iterator[SqliteRunner]:
        runner = SqliteRunner(self._connection)
        try:
            self._connection.execute("SAVEPOINT body")
            yield runner
            runner.finish()
            self._connection.execute("RELEASE body")
        except BaseException as error:
            runner.end()
            self._undo()
            if isinstance(error, sqlite3.Error):
                raise refusal(error) from error
            raise

    def _undo(self) -> None:
        try:
            self._connection.execute("ROLLBACK TO body")
            self._connection.execute("RELEASE body")
        except sqlite3.Error:
            # SQLite dropped the whole transaction, or cannot part this body's work from the rest
            self._connection.rollback()

    async def _run_batches(self) -> None:
        try:
            while self._waiting:
                await self._run_batch()
        finally:
            self._refuse_waiting(StorageFailed("the database stopped"))

    async def _run_batch(self) -> None:
        kept: list[Turn] = []
        outcome: VaultError | None = StorageFailed("the database stopped")
        try:
            outcome = (
                await self._begin()
                or await self._run_bodies(kept)
                or await self._in_thread("COMMIT")
            )
        finally:
            if self._connection.in_transaction:
                self._connection.rollback()
            for turn in kept:
                _tell(turn.settled, outcome)
            if outcome is None and any(it.stirred for it in kept):
                self.stirred.set()

    async def _begin(self) -> VaultError | None:
        failure = await self._in_thread("BEGIN IMMEDIATE")
        if failure is not None:
            self._refuse_waiting(failure)
        return failure

    async def _run_bodies(self, kept: list[Turn]) -> VaultError | None:
        """Gives turns to those who wait; says why when their common transaction is lost."""
        for _ in range(MOST):
            if not self._waiting:
                break
            turn = self._waiting.popleft()
            _tell(turn.may_run, None)
            await _to_the_end(turn.ended)
            if turn.keep:
                kept.append(turn)
            if not self._connection.in_transaction:
                return StorageFailed("the database dropped the transaction; nothing was kept")
        return None

    async def _in_thread(self, statement: str) -> VaultError | None:
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._thread, self._connection.execute, statement)
        try:
            await _to_the_end(work)
        except sqlite3.Error as error:
            return refusal(error)
        return None

    def _refuse_waiting(self, failure: VaultError) -> None:
        while self._waiting:
            _tell(self._waiting.popleft().may_run, failure)


def _tell(listener: "asyncio.Future[Answer]", answer: Answer) -> None:
    if not listener.done():
        listener.set_result(answer)


def _raise(failure: VaultError | None) -> None:
    """Raises a StorageFailed for each listener: one exception must not be raised twice."""
    if failure is not None:
        raise StorageFailed(str(failure)) from failure


async def _to_the_end(work: "asyncio.Future[Answer]") -> Answer:
    """Waits for `work` even when cancelled: nobody else may use the connection before."""
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise
