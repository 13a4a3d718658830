"""Takes out of log lines what nobody should read there: keys, passwords, phone numbers."""

import re
from collections.abc import Mapping
from typing import Any

# A traceback may quote any text, though no line of our own has these in it.
_SECRET = re.compile(
    r"""
    (?P<kept>
        \b(?:X-Amz-(?:Signature|Security-Token|Credential)|(?:api_?|Account)?(?:key|token))=
        | \b(?:X-Goog-(?:Signature|Credential)|sig)=
        | \b(?:Basic|Bearer|AccessKey)[ ]
        | \bSharedKey(?:Lite)?[ ][a-z0-9]{1,24}:
    )
    [^\s&"'<>]{6,}
    | (?P<user> \b[a-z][a-z0-9+.-]{0,19}://[^\s:/@"'<>]{0,99}: )
    [^\s"'<>]{1,300} (?=@)
    | \b(?:dbk|whsec)_[\w+/=]{6,}
    | \+[0-9]{7,15}\b
    | %2B[0-9]{7,15}\b
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
_BLOT = "***"


def redacted(text: str) -> str:
    """The text with `***` in place of each secret; the name before one stays."""
    return _SECRET.sub(lambda it: (it["kept"] or it["user"] or "") + _BLOT, text)


def redact(event: Mapping[str, Any]) -> dict[str, Any]:
    """Every text of a log event, redacted."""
    return {name: redacted(it) if isinstance(it, str) else it for name, it in event.items()}
