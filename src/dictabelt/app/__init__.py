"""Composition root: settings become adapters, a vault and an ASGI application."""

from dictabelt.app.background import KINDS, carrier, listener, working, working_for_others
from dictabelt.app.ends import End, ends_of
from dictabelt.app.hosting import application, served
from dictabelt.app.opening import Oversight, opened, oversight
from dictabelt.app.serving import front, monitor, signer
from dictabelt.app.storage import (
    BEGUN,
    DATABASE,
    FILES,
    blobs_of,
    copying,
    database_of,
    kept,
    signpost_of,
)
from dictabelt.app.upkeep import depot, keep_secret, premises, site
from dictabelt.db.copying import Sum as RowSum
from dictabelt.db.schema import HEAD

__all__ = [
    "BEGUN",
    "DATABASE",
    "FILES",
    "HEAD",
    "KINDS",
    "End",
    "Oversight",
    "RowSum",
    "application",
    "blobs_of",
    "carrier",
    "copying",
    "database_of",
    "depot",
    "ends_of",
    "front",
    "keep_secret",
    "kept",
    "listener",
    "monitor",
    "opened",
    "oversight",
    "premises",
    "served",
    "signer",
    "signpost_of",
    "site",
    "working",
    "working_for_others",
]
