"""The words for what an object store refuses: the reason and the fix, without a secret."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

from dictabelt.core.errors import StorageFailed

_BROKEN_OFF: Final = "the object store broke the connection off; try again in a while"
# What S3 and its like call it (S3 API reference, "Error responses"), or how the client words it.
_WORDS: Final = (
    (
        "RequestTimeTooSkewed",
        "the clocks of the vault and the object store differ by more than the store allows;"
        " set this machine's clock (NTP)",
    ),
    (
        "SignatureDoesNotMatch",
        "the object store says that the secret key is wrong;"
        " set AWS_SECRET_ACCESS_KEY to the one of AWS_ACCESS_KEY_ID",
    ),
    (
        "InvalidAccessKeyId",
        "the object store does not know the access key; set AWS_ACCESS_KEY_ID to one it knows",
    ),
    (
        "ExpiredToken",
        "the credentials of the object store have expired; give the vault new ones,"
        " or let it find those of the machine, which are renewed",
    ),
    (
        "NoSuchBucket",
        "there is no such bucket; make it, or name another in the setting blobs",
    ),
    (
        "PermanentRedirect",
        "the bucket is in another region; name that in the setting blobs_region",
    ),
    (
        "AuthorizationHeaderMalformed",
        "the bucket is in another region; name that in the setting blobs_region",
    ),
    (
        "XAmzContentSHA256Mismatch",
        "the bytes came to the object store other than they were sent; try again,"
        " and look at what is between the vault and the store",
    ),
    (
        "BadDigest",
        "the bytes came to the object store other than they were sent; try again,"
        " and look at what is between the vault and the store",
    ),
    (
        "InsufficientStorage",
        "the object store is full; give it more room",
    ),
    ("SlowDown", "the object store asks to slow down; try again in a while"),
    ("503 Service Unavailable", "the object store is overloaded or down; try again in a while"),
    (
        "169.254.169.254",
        "there are no credentials for the object store; set AWS_ACCESS_KEY_ID and"
        " AWS_SECRET_ACCESS_KEY, or give this machine a role",
    ),
    (
        "TimedOut",
        "the object store did not answer in time; look at it and at the network on the way",
    ),
    (
        "kind: Connect,",
        "the object store cannot be reached; look at the setting blobs_endpoint and the network",
    ),
    ("error sending request", _BROKEN_OFF),
    ("response body error", _BROKEN_OFF),
    (
        "missing field",
        "the object store answered in a way that the vault does not understand;"
        " look at the setting blobs_endpoint",
    ),
)
_REFUSED: Final = (
    "the object store refuses the vault's credentials; let them get, put, delete and list"
    " objects under the place that the setting blobs names"
)
_OTHER: Final = "the object store failed; look at the vault's log"


def store_failed(error: Exception, where: str) -> StorageFailed:
    """`error` in words a client may see; `where` goes into a note, for the owner's own log."""
    said = str(error)
    words = next((words for sign, words in _WORDS if sign in said), None)
    if words is None and isinstance(error, PermissionDeniedError | UnauthenticatedError):
        words = _REFUSED
    failure = StorageFailed(words or _OTHER)
    failure.add_note(f"{where}: {said.partition('Debug source')[0].strip()}")
    return failure


@contextmanager
def store_refusals(where: str) -> Iterator[None]:
    """Raises StorageFailed for any error of the store inside, also for a missing bucket."""
    try:
        yield
    except (BaseError, FileNotFoundError) as error:
        raise store_failed(error, where) from error
