"""Asks an application for the way to answer again, where a request has come before."""

from typing import Any

from starlette.types import Scope, Send

from dictabelt.server.lane import EXTENSION, Again, is_whole
from dictabelt.server.wire import Wire


def invite(scope: Scope, send: Send) -> None:
    """Offers it for a request that has come before, byte for byte."""
    cycle: Any = getattr(send, "__self__", None)
    wire = getattr(cycle, "transport", None)
    if not isinstance(wire, Wire):
        return
    ticket, wire.ticket = wire.ticket, None  # the first request in the bytes, and no other
    if ticket is None or not ticket.lane.is_wanted(ticket):
        return

    def leave(again: Again) -> None:
        if cycle.keep_alive and is_whole(ticket.data, scope, asked=ticket.asked):
            ticket.lane.keep(ticket, again)
        else:
            again.rest()

    scope.setdefault("extensions", {})[EXTENSION] = leave
