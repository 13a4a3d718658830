"""Idempotency keys: the first answer to a request, kept for a day and given again."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from dictabelt.core.errors import KeyReused
from dictabelt.core.idempotency import Answered, Kept, Once
from dictabelt.core.nouns import Principal
from dictabelt.core.ports import Writing

T = TypeVar("T")

# Bota, idempotency page: keys are kept for 24 hours.
KEPT = timedelta(hours=24)


async def answer(
    tx: Writing,
    who: Principal,
    once: Once | None,
    *,
    make: Callable[[], Awaitable[T]],
    render: Callable[[T], bytes],
) -> Answered:
    """What `make` made, rendered; or the first answer again, without making anything.

    In the transaction of the change, so that a crash keeps both or neither, and
    two requests at once become one. Raises KeyReused for other content under
    the key.
    """
    if once is None:
        return Answered(render(await make()), replayed=False)
    kept = await tx.once.get(who.account, once.operation, once.key)
    if kept is not None and tx.now < kept.kept_at + KEPT:
        if kept.fingerprint != once.fingerprint:
            raise KeyReused("the Idempotency-Key was used for another request; send a new one")
        return Answered(kept.answer, replayed=True)
    body = render(await make())
    await tx.once.forget_before(who.account, tx.now - KEPT)
    await tx.once.put(
        who.account, Kept(once.operation, once.key, once.fingerprint, body, kept_at=tx.now)
    )
    return Answered(body, replayed=False)
