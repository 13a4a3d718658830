"""Settings: environment and TOML into one frozen value; every mistake told at once, by name."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainValidator, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from dictabelt.core.origins import endpoint, origin, proxy

FILE = "dictabelt.toml"
PREFIX = "DICTABELT_"
SQLITE = "sqlite"
CLOUD = "cloud"


class BadSettings(Exception):
    """Settings that cannot be; `str()` has a line for each mistake, with its fix."""


def _network(text: object) -> IPv4Network | IPv6Network:
    try:
        return ip_network(str(text))
    except ValueError as error:
        raise ValueError(f"needs the form 10.1.0.0/16 or fd00::/8: {error}") from None


def _server(url: str) -> str:
    if not url.startswith(("postgresql://", "postgres://")):
        raise ValueError("needs the form postgresql://user:password@host:port/database")
    return url


def _database(url: str) -> str:
    return url if url == SQLITE else _server(url)


JobKind = Literal["publish", "deliver", "analyse", "pack"]


class Settings(BaseSettings):
    """What an owner can set, by `DICTABELT_<NAME>` or in `dictabelt.toml` of the data folder."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data: Path = Path("dictabelt-data")
    database: Annotated[str, AfterValidator(_database)] = SQLITE
    database_replica: Annotated[str, AfterValidator(_server)] | None = None
    database_pool: Annotated[int, Field(ge=2, le=1000)] = 16
    statement_timeout_ms: Annotated[int, Field(ge=100, le=3_600_000)] = 30_000
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    public_urls: tuple[Annotated[str, AfterValidator(origin)], ...] = ()
    blobs: str = "files"
    blobs_endpoint: Annotated[str, AfterValidator(endpoint)] | None = None
    blobs_public_endpoint: Annotated[str, AfterValidator(endpoint)] | None = None
    blobs_region: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = None
    blobs_virtual_hosted: bool = False
    blobs_encryption: Literal["AES256", "aws:kms", "aws:kms:dsse"] | None = None
    blobs_kms_key: Annotated[str, Field(pattern=r"^[!-~]{1,2048}$")] | None = None
    blobs_proxy: Annotated[str, AfterValidator(proxy)] | None = None
    link_region: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")] = "us-east-1"
    encoders: Annotated[int, Field(ge=1, le=256)] = 2
    encoder_retry_after: Annotated[int, Field(ge=1, le=3600)] = 5
    mp3_kbps: dict[str, tuple[int, ...]] = {}
    longest_audio_hours: Annotated[int, Field(ge=1, le=240)] = 24
    job_limits: dict[JobKind, Annotated[int, Field(ge=1)]] = {}
    job_account_limits: dict[JobKind, Annotated[int, Field(ge=1)]] = {}
    webhook_slots: Annotated[int, Field(ge=1, le=256)] = 8
    webhook_networks: tuple[
        Annotated[IPv4Network | IPv6Network, PlainValidator(_network)], ...
    ] = ()
    metrics: Literal["on", "off"] = "on"
    metrics_networks: tuple[
        Annotated[IPv4Network | IPv6Network, PlainValidator(_network)], ...
    ] = ()
    metrics_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    request_log: Literal["on", "off"] = "on"
    least_free_mb: Annotated[int, Field(ge=0)] = 500
    trusted_proxies: tuple[Annotated[IPv4Network | IPv6Network, PlainValidator(_network)], ...] = ()

    workers: Annotated[int, Field(ge=1, le=256)] = 1
    background: Literal["here", "elsewhere"] = "here"
    header_seconds: Annotated[int, Field(ge=1, le=3600)] = 10
    body_seconds: Annotated[int, Field(ge=1, le=3600)] = 30
    write_seconds: Annotated[int, Field(ge=1, le=3600)] = 120
    idle_seconds: Annotated[int, Field(ge=1, le=3600)] = 75
    connections: Annotated[int, Field(ge=1, le=1_000_000)] = 2000
    notice_seconds: Annotated[int, Field(ge=0, le=3600)] = 1
    stop_seconds: Annotated[int, Field(ge=0, le=86_400)] = 30

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line over environment over file."""
        del dotenv_settings, file_secret_settings
        file = TomlConfigSettingsSource(settings_cls, _file(init_settings(), os.environ))
        return init_settings, env_settings, file


def load(given: dict[str, Any], environment: dict[str, str]) -> Settings:
    """Settings from the command line's `given`, the environment and the TOML file.

    Raises BadSettings, naming every wrong or unknown setting.
    """
    mistakes = _unknown(environment)
    try:
        settings = Settings(**given)
    except ValidationError as error:
        mistakes += [_told(it["loc"], it["msg"]) for it in error.errors()]
    except SettingsError as error:
        mistakes.append(f'{error}; a list has the form ["a", "b"]')
    except ValueError as error:
        mistakes.append(f"{_file(given, environment)} is not TOML: {error}")
    if mistakes:
        raise BadSettings("\n".join(mistakes))
    return settings


def at_endpoint(settings: Settings, url: str) -> Settings:
    """The same with another `blobs_endpoint`: a URL, or `cloud` for none. Raises ValueError."""
    try:
        told = None if url == CLOUD else endpoint(url)
    except ValueError as error:
        raise ValueError(f"{error}; or `{CLOUD}`, the provider's own") from error
    return settings.model_copy(update={"blobs_endpoint": told})


def _file(given: Mapping[str, Any], environment: Mapping[str, str]) -> Path:
    data = given.get("data") or environment.get(f"{PREFIX}DATA") or "dictabelt-data"
    return Path(data) / FILE


def _unknown(environment: dict[str, str]) -> list[str]:
    names = [it.removeprefix(PREFIX).lower() for it in environment if it.startswith(PREFIX)]
    return [_told((it,), "no such setting") for it in names if it not in Settings.model_fields]


def _told(place: tuple[int | str, ...], problem: str) -> str:
    name = str(place[0]) if place else "settings"
    if name in Settings.model_fields:
        return f"setting {'.'.join(map(str, place))}: {problem}"
    near = get_close_matches(name, Settings.model_fields, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"setting {name}: no such setting{hint}"
