"""SignalWire LaML (Compatibility API), and Twilio's API that it was modelled on: recordings."""

from dictabelt.dialects.laml import twilio, wire
from dictabelt.dialects.laml.callbacks import CORRESPONDENT
from dictabelt.dialects.laml.flavour import Place
from dictabelt.dialects.laml.routes import ENDPOINTS, credentials, refuse
from dictabelt.http.dialect import Dialect
from dictabelt.http.documents import document

DIALECT = Dialect(
    name="laml",
    title="SignalWire LaML",
    prefixes=wire.PREFIXES,
    endpoints=ENDPOINTS,
    credentials=credentials,
    error=refuse,
    spell=wire.spell,
    visit=wire.visit,
    document=document(__name__),
    tables={
        "state": wire.STATUS,
        "origin of a call's recording": wire.SOURCE,
        "origin of a conference's recording": wire.CONFERENCE_SOURCE,
        "trim": wire.TRIM,
        "state, to Twilio's clients": twilio.STATUS,
        "origin of a call's recording, to Twilio's clients": twilio.SOURCE,
        "origin of a conference's recording, to Twilio's clients": twilio.CONFERENCE_SOURCE,
        "transcription": wire.TRANSCRIPT_STATUS,
        "event": wire.EVENT,
    },
    correspondent=CORRESPONDENT,
    tells={
        "SignalWire LaML": wire.recording,
        "Twilio": lambda it: twilio.recording(it, Place(base="")),
    },
)
