"""The words for what an object store refuses: the reason and the fix, without a secret."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

from dictabelt.core.errors import StorageFailed

_BROKEN_OFF: Final = "the object store broke the connection off; try again in a while"
_REFUSED: Final = (
    "the object store refuses the vault's credentials; let them get, put, delete and list"
    " objects under the place that the setting blobs names"
)
_TIMES: Final = "the clocks of the vault and the object store differ by more than the store allows"
_CHANGED: Final = (
    "the bytes came to the object store other than they were sent; try again,"
    " and look at what is between the vault and the store"
)
_NO_BUCKET: Final = "there is no such bucket; make it, or name another in the setting blobs"
_REGION: Final = "the bucket is in another region; name that in the setting blobs_region"
_AZURE_KEY: Final = (
    "Azure does not accept the account's key; set AZURE_STORAGE_ACCOUNT_KEY to a key of the"
    " account that AZURE_STORAGE_ACCOUNT_NAME names, and look at this machine's clock (NTP)"
)
_SAS_ENDED: Final = (
    "Azure does not accept the SAS, which has ended or is another account's; set"
    " AZURE_STORAGE_SAS_TOKEN to a new one of the account that AZURE_STORAGE_ACCOUNT_NAME names,"
    " and look at this machine's clock (NTP)"
)
_SAS_NARROW: Final = (
    "the SAS does not permit that; set AZURE_STORAGE_SAS_TOKEN to one for reading, creating,"
    " writing, deleting and listing (sp=rcwdl) in the container"
)
_BATCH: Final = (
    "Azure did not delete by Blob Batch, which is how the vault asks for it; where a SAS is its"
    " credential, set AZURE_STORAGE_ACCOUNT_KEY in place of AZURE_STORAGE_SAS_TOKEN"
)
_GOOGLE_FILE: Final = (
    "the key of the Google service account cannot be read; let GOOGLE_APPLICATION_CREDENTIALS"
    " name the JSON file that Google gave out"
)
# S3 API reference, "Error responses".
_S3: Final = (
    ("RequestTimeTooSkewed", f"{_TIMES}; set this machine's clock (NTP)"),
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
    ("NoSuchBucket", _NO_BUCKET),
    ("PermanentRedirect", _REGION),
    ("AuthorizationHeaderMalformed", _REGION),
    ("XAmzContentSHA256Mismatch", _CHANGED),
    ("BadDigest", _CHANGED),
    ("InsufficientStorage", "the object store is full; give it more room"),
    ("SlowDown", "the object store asks to slow down; try again in a while"),
)
# learn.microsoft.com/rest/api/storageservices, "Common REST API error codes" and "Blob Storage
# error codes".
_AZURE: Final = (
    (
        "Account must be specified",
        "name the storage account of Azure in AZURE_STORAGE_ACCOUNT_NAME",
    ),
    (
        "Invalid Access Key",
        "AZURE_STORAGE_ACCOUNT_KEY is no key of an account; copy it whole, with the = at its end",
    ),
    (
        "SAS query pair",
        "AZURE_STORAGE_SAS_TOKEN is no SAS; copy it whole, from sv= to the end of sig=",
    ),
    (
        "/metadata/identity/",
        "there are no credentials for Azure; set AZURE_STORAGE_ACCOUNT_KEY,"
        " or give this machine a managed identity",
    ),
    (
        "AADSTS",
        "Microsoft Entra refuses the application; look at AZURE_CLIENT_ID,"
        " AZURE_CLIENT_SECRET and AZURE_TENANT_ID",
    ),
    ("AuthenticationFailed", _AZURE_KEY),
    (
        "KeyBasedAuthenticationNotPermitted",
        "the storage account takes no keys; give this machine a managed identity"
        " with the role Storage Blob Data Contributor",
    ),
    (
        "AuthorizationPermissionMismatch",
        "the identity may not use the container; give it the role Storage Blob Data Contributor",
    ),
    (
        "AuthorizationFailure",
        f"{_AZURE_KEY}; let the account's firewall pass this machine",
    ),
    (
        "ContainerNotFound",
        "there is no such container; make it, or name another in the setting blobs",
    ),
    (
        "ContainerBeingDeleted",
        "the container is being deleted; name another in the setting blobs",
    ),
    (
        "InvalidResourceName",
        "Azure has no container of such a name: small letters, digits and hyphens, 3 to 63;"
        " look at the setting blobs",
    ),
    (
        "ResourceNotFound",
        "there is no such account or container; look at AZURE_STORAGE_ACCOUNT_NAME,"
        " and at the settings blobs and blobs_endpoint",
    ),
    ("AccountIsDisabled", "the storage account is disabled; enable it"),
)
# The client writes this in place of a URL that has a SAS in it; the codes are as above.
_BY_SAS: Final = "REDACTED in "
_SAS: Final = (
    ("AuthenticationFailed", _SAS_ENDED),
    ("AuthorizationFailure", _SAS_ENDED),
    ("<Code>Authorization", _SAS_NARROW),
)
# cloud.google.com/storage/docs/xml-api/reference-status
_GOOGLE: Final = (
    (
        "/computeMetadata/",
        "there are no credentials for Google; let GOOGLE_APPLICATION_CREDENTIALS name the key file"
        " of a service account, or give this machine one",
    ),
    ("service account file", _GOOGLE_FILE),
    ("pem file", _GOOGLE_FILE),
    (
        "invalid_grant",
        "Google no longer takes these credentials; give the vault new ones in"
        " GOOGLE_APPLICATION_CREDENTIALS, and look at this machine's clock (NTP)",
    ),
    ("InvalidBucketName", "Google has no bucket of such a name; look at the setting blobs"),
    (
        "AccountProblem",
        "Google has closed the project's account; look at its billing",
    ),
)
# How the client words it, whatever the store.
_WIRE: Final = (
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
        "dns error",
        "the name of the object store's server is not known; look at the setting blobs_endpoint,"
        " for az:// at AZURE_STORAGE_ACCOUNT_NAME, and at the network",
    ),
    (
        "kind: Connect,",
        "the object store cannot be reached; look at the setting blobs_endpoint and the network",
    ),
    ("403 Forbidden", _REFUSED),
    ("401 Unauthorized", _REFUSED),
    ("error sending request", _BROKEN_OFF),
    ("response body error", _BROKEN_OFF),
    (
        "missing field",
        "the object store answered in a way that the vault does not understand;"
        " look at the setting blobs_endpoint",
    ),
    ("bulk delete", _BATCH),
    ("Bulk delete", _BATCH),
)
_WORDS: Final = (*_S3, *_AZURE, *_GOOGLE, *_WIRE)
_OTHER: Final = "the object store failed; look at the vault's log"


def store_failed(error: Exception, where: str) -> StorageFailed:
    """`error` in words a client may see; `where` goes into a note, for the owner's own log."""
    said = str(error)
    words = _words(said)
    if words is None and isinstance(error, PermissionDeniedError | UnauthenticatedError):
        words = _REFUSED
    failure = StorageFailed(words or _OTHER)
    failure.add_note(f"{where}: {said.partition('Debug source')[0].strip()}")
    return failure


def _words(said: str) -> str | None:
    known = (*_SAS, *_WORDS) if _BY_SAS in said else _WORDS
    return next((words for sign, words in known if sign in said), None)


@contextmanager
def store_refusals(where: str) -> Iterator[None]:
    """Raises StorageFailed for any error of the store inside, also for a missing bucket."""
    try:
        yield
    except (BaseError, FileNotFoundError) as error:
        raise store_failed(error, where) from error
