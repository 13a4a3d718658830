"""Presigned URLs by boto3: the client made once, one thread, no HTTP."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from time import perf_counter

import boto3
from botocore.config import Config

from bench.meter import obey

_BATCH = 16


@dataclass(frozen=True, slots=True)
class Order:
    """How long to sign."""

    seconds: float


def signer() -> Callable[[int], str]:
    """Signs the URL of the n-th object, for an hour."""
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="a secret for this process alone",  # noqa: S106
        config=Config(signature_version="s3v4"),
    )

    def sign(number: int) -> str:
        place = {"Bucket": "recordings", "Key": f"account/recording-{number}.wav"}
        url: str = client.generate_presigned_url("get_object", Params=place, ExpiresIn=3600)
        return url

    return sign


def rate(sign: Callable[[int], str], seconds: float) -> float:
    """URLs a second."""
    numbers = count(1)
    began = perf_counter()
    while (elapsed := perf_counter() - began) < seconds or not elapsed:
        for _ in range(_BATCH):
            sign(next(numbers))
    return (next(numbers) - 1) / elapsed


def main() -> None:
    """Measures until stdin is closed."""
    sign = signer()
    sign(0)  # reads boto3's data files
    obey(Order, lambda order: rate(sign, order.seconds))


if __name__ == "__main__":
    main()
