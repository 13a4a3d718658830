"""The tables, keys and indexes of the vault, the same for every engine."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    and_,
    false,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

Identifier = LargeBinary(16).with_variant(Uuid(), "postgresql")
Instant = BigInteger()  # microseconds since 1970-01-01 UTC
Json = Text()


def account_column(*, primary_key: bool = False) -> Column[bytes]:
    return Column(
        "account", Identifier, ForeignKey("accounts.id"), primary_key=primary_key, nullable=False
    )


def id_column() -> Column[bytes]:
    return Column("id", Identifier, primary_key=True)


accounts = Table(
    "accounts",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("media_public", Boolean, nullable=False),
    Column("link_seconds", BigInteger),
    Column("delivery", Text, nullable=False),
    Column("requests_a_minute", BigInteger),
    Column("upload_urls_a_minute", BigInteger),
    Column("packing", Boolean, nullable=False, server_default=false()),
)

api_keys = Table(
    "api_keys",
    metadata,
    account_column(primary_key=True),
    id_column(),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("scopes", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("dialect", Text),
    Column("device_id", Text),
    Column("end_user_id", Text),
)

link_keys = Table(
    "link_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", Instant, nullable=False),
    Column("retired_at", Instant),
)

# Things below an account are keyed by (account, id): a row can only refer to rows of its own
# account, and an id that is taken in another account is no conflict in this one.

calls = Table(
    "calls",
    metadata,
    account_column(primary_key=True),
    id_column(),
    Column("direction", Text),
    Column("caller", Json),
    Column("callee", Json),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("vendor_id", Text),
    Column("channel", Identifier),
    UniqueConstraint("account", "vendor_id"),
)

recordings = Table(
    "recordings",
    metadata,
    account_column(primary_key=True),
    id_column(),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("source", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("leg", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("call", Identifier),
    Column("conference", Identifier),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("duration_ms", BigInteger),
    Column("channels", Integer),
    Column("track", Text, nullable=False),
    Column("trim", Text, nullable=False),
    Column("price", Text),
    Column("price_unit", Text),
    Column("error_code", Text),
    Column("transcription", Boolean, nullable=False),
    Column("name", Text),
    Column("metadata", Json),
    Column("device_id", Text),
    Column("end_user_id", Text),
    Column("extras", Json, nullable=False),
    Column("hold", Boolean, nullable=False),
    Column("deleted_at", Instant),
    Column("tags", Json, nullable=False, server_default="[]"),
    Column("transcript", Identifier),
    Column("speakers", Json, nullable=False, server_default="[]"),
    # from here on: what follows from the rest and from the call, for searches alone
    Column("source_id", Identifier, nullable=False),
    Column("caller_number", Text),
    Column("callee_number", Text),
    Column("channel", Identifier),
    # classes of db/classes.py
    Column("facet", Integer, nullable=False, server_default="0"),
    Column("length", Integer),
    Column("started_day", Integer),
    Column("started_month", Integer),
    Column("started_era", Integer),
    ForeignKeyConstraint(["account", "call"], ["calls.account", "calls.id"]),
)

_LIVE = recordings.c.deleted_at.is_(None)

# Each is in the order of a list.
for _name, _columns in {
    "newest": ("created_at", "id"),
    "source": ("source_id", "created_at", "id"),
    "facet": ("facet", "created_at", "id"),
}.items():
    Index(
        f"ix_recordings_{_name}",
        *(recordings.c[column] for column in ("account", *_columns)),
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )

# What is asked together with a class stands behind the order: a page then passes over entries of
# an index, and not over rows.
_STARTED = ("started_at", "duration_ms", "facet")
# Of what most recordings of many vaults have not they are nearly empty.
for _name, (_column, *_beside) in {
    "call": ("call",),
    "conference": ("conference",),
    "device": ("device_id",),
    "end_user": ("end_user_id",),
    "caller": ("caller_number",),
    "callee": ("callee_number",),
    "channel": ("channel",),
    "length": ("length", "duration_ms", "facet"),
    "started": ("started_day", *_STARTED),
    "month": ("started_month", *_STARTED),
    "era": ("started_era", *_STARTED),
}.items():
    _there = and_(_LIVE, recordings.c[_column].is_not(None))
    Index(
        f"ix_recordings_{_name}",
        *(recordings.c[it] for it in ("account", _column, "created_at", "id", *_beside)),
        sqlite_where=_there,
        postgresql_where=_there,
    )

Index(
    "ix_recordings_deleted",
    *(recordings.c[column] for column in ("account", "created_at", "id")),
    sqlite_where=recordings.c.deleted_at.is_not(None),
    postgresql_where=recordings.c.deleted_at.is_not(None),
)

media = Table(
    "media",
    metadata,
    account_column(primary_key=True),
    Column("recording", Identifier, nullable=False),
    Column("position", Integer, nullable=False),
    id_column(),
    Column("created_at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("name", Text),
    Column("size", BigInteger),
    Column("sha256", Text),
    Column("blob", Text),
    Column("captured_at", Instant),
    Column("signal", Json),
    Column("fault", Text),
    Column("packed", Boolean, nullable=False, server_default=false()),
    Column("damage", Text),
    Column("packed_sha256", Text),
    ForeignKeyConstraint(["account", "recording"], ["recordings.account", "recordings.id"]),
    UniqueConstraint("account", "recording", "position"),
    Index(None, "account", "sha256"),
)

renditions = Table(
    "renditions",
    metadata,
    account_column(),
    Column("media", Identifier, nullable=False),
    Column("form", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("blob", Text, nullable=False),
    Column("encoder", Text, nullable=False),
    Column("damage", Text),
    PrimaryKeyConstraint("account", "media", "form"),
    ForeignKeyConstraint(["account", "media"], ["media.account", "media.id"]),
)
