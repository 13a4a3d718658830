"""Bota's limits of requests a minute, and the headers that tell of them."""

from dictabelt.core.meter import Allowance, Spent
from dictabelt.core.nouns import Account
from dictabelt.http.dialect import Endpoint, Metering

# Rate limits page: 100 requests a minute, 30 for upload URLs.
GENERAL, UPLOAD_URLS = 100, 30


def allowance(endpoint: Endpoint, account: Account) -> Allowance:
    """The account's own limit, else the documented one."""
    if endpoint.path.endswith("/upload-url"):
        return Allowance("bota upload-url", account.upload_urls_a_minute or UPLOAD_URLS)
    return Allowance("bota", account.requests_a_minute or GENERAL)


def headers(it: Spent) -> dict[str, str]:
    """What every answer says of the limit; the reset in Unix seconds."""
    return {
        "x-ratelimit-limit": str(it.limit),
        "x-ratelimit-remaining": str(it.remaining),
        "x-ratelimit-reset": str(int(it.resets_at.timestamp())),
    }


METERING = Metering(allowance, Allowance("bota", GENERAL), headers)
