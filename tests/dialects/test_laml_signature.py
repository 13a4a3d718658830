"""Signatures, against values that the vendors' own validators take."""

from dictabelt.dialects.laml import signature

KEY = "PSK_examplekey"
URL = "https://app.example.com/rec-status?x=1"
PARAMETERS = (
    ("AccountSid", "720796a0-8ee9-4350-83bd-2d07a3121f1e"),
    ("CallSid", "43bb71ee-553f-4074-bb20-8e2747647cce"),
    ("RecordingSid", "19e436af-5688-4307-b03b-bdb2b42b8142"),
    ("RecordingUrl", "https://h/api/laml/2010-04-01/Accounts/a/Recordings/r"),
    ("RecordingStatus", "completed"),
    ("RecordingDuration", "4"),
    ("RecordingChannels", "1"),
    ("RecordingSource", "RecordVerb"),
)
FORM = "WRWb75J/umza4Nf7n+Eb5FirGDM="


def test_a_form_is_signed_as_both_validators_check_it() -> None:
    assert signature.of_form(KEY, URL, parameters=PARAMETERS) == FORM


def test_the_order_of_a_form_does_not_matter() -> None:
    assert signature.of_form(KEY, URL, parameters=reversed(PARAMETERS)) == FORM


def test_a_value_that_is_there_twice_counts_once() -> None:
    assert signature.of_form(KEY, URL, parameters=(*PARAMETERS, PARAMETERS[0])) == FORM


def test_key_address_and_every_value_matter() -> None:
    changed = (*PARAMETERS[:-1], ("RecordingSource", "DialVerb"))
    assert signature.of_form(KEY, URL, parameters=changed) != FORM
    assert signature.of_form(KEY, URL + "2", parameters=PARAMETERS) != FORM
    assert signature.of_form(KEY + "2", URL, parameters=PARAMETERS) != FORM


def test_json_is_signed_as_it_is_sent() -> None:
    body = b'{"event_type":"calling.call.record"}'
    assert signature.of_body(KEY, URL, body=body) == "4ff334debf389b3701e3838bb8544c860d7f4bc4"
