"""SubVerse: a signed URL to a call's recording."""

from dictabelt.dialects.subverse import session
from dictabelt.dialects.subverse.events import CORRESPONDENT
from dictabelt.dialects.subverse.routes import ENDPOINTS, credentials, outcome, refuse
from dictabelt.dialects.subverse.wire import call_id, visit
from dictabelt.http.dialect import Dialect
from dictabelt.http.documents import document

DIALECT = Dialect(
    name="subverse",
    title="SubVerse",
    prefixes=("/api/call", session.PREFIX),
    endpoints=ENDPOINTS,
    credentials=credentials,
    error=refuse,
    spell=call_id,
    visit=visit,
    document=document(__name__),
    correspondent=CORRESPONDENT,
    tells={"SubVerse": lambda it: session.session(it, None, url=None)},
    inner=outcome,
)
