"""Says whether the vendors' own validators take a callback for theirs."""

from saying import given, say


def main(it: dict) -> None:
    if it["client"] == "twilio":
        from twilio.request_validator import RequestValidator
    else:
        from signalwire.request_validator import RequestValidator
    validator = RequestValidator(it["key"])
    parameters = dict(it["parameters"])
    say(
        right=validator.validate(it["url"], parameters, it["signature"]),
        altered=validator.validate(
            it["url"], parameters | {"RecordingStatus": "absent"}, it["signature"]
        ),
        elsewhere=validator.validate(it["url"] + "2", parameters, it["signature"]),
        got=validator.validate(it["get_url"], {}, it["get_signature"]),
    )


main(given())
