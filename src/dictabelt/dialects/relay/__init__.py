"""SignalWire Relay REST: recordings by call leg."""

from dictabelt.dialects.relay import wire
from dictabelt.dialects.relay.routes import ENDPOINTS, credentials, refuse
from dictabelt.http.dialect import Dialect
from dictabelt.http.documents import document

DIALECT = Dialect(
    name="relay",
    title="SignalWire Relay REST",
    prefixes=("/api/relay/rest",),
    endpoints=ENDPOINTS,
    credentials=credentials,
    error=refuse,
    spell=wire.spell,
    visit=wire.visit,
    document=document(__name__),
    tells={"SignalWire Relay REST": lambda it: wire.recording(it, None)},
    tables={"state": wire.STATUS, "leg": wire.LEG, "track": wire.TRACK},
)
