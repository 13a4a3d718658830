"""The tables of what follows from recordings: transcriptions, webhooks, shares and jobs."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
    text,
)

from dictabelt.db.tables import Identifier, Instant, Json, account_column, id_column, metadata

_OF_RECORDING = ["recordings.account", "recordings.id"]

# The state of a transcription of which only its place is left, because a client that
# deletes what it lists goes on from the last one it deleted.
FORGOTTEN: ColumnElement[str] = literal_column("'forgotten'")
_REMEMBERED = text("state <> 'forgotten'")

# One row a tag, so that a search by tag reads only what bears it.
tags = Table(
    "tags",
    metadata,
    account_column(),
    Column("tag", Text, nullable=False),
    Column("recording", Identifier, nullable=False),
    # the recording's, so that those of a tag are in the order of a list
    Column("created_at", Instant, nullable=False, server_default="0"),
    PrimaryKeyConstraint("account", "tag", "recording"),
    ForeignKeyConstraint(["account", "recording"], _OF_RECORDING),
    Index(None, "account", "recording"),
    Index("ix_tags_newest", "account", "tag", "created_at", "recording"),
)

transcriptions = Table(
    "transcriptions",
    metadata,
    account_column(primary_key=True),
    id_column(),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("recording", Identifier, nullable=False),
    Column("state", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("text", Text),
    Column("segments", Json, nullable=False),
    Column("summary", Text),
    Column("duration_ms", BigInteger),
    Column("channels", Integer),
    Column("price", Text),
    Column("price_unit", Text),
    Column("error", Text),
    ForeignKeyConstraint(["account", "recording"], _OF_RECORDING),
    Index(
        "ix_transcriptions_newest",
        "account",
        "created_at",
        "id",
        sqlite_where=_REMEMBERED,
        postgresql_where=_REMEMBERED,
    ),
    Index(
        "ix_transcriptions_recording",
        "account",
        "recording",
        "created_at",
        "id",
        sqlite_where=_REMEMBERED,
        postgresql_where=_REMEMBERED,
    ),
)

# `sealed` holds the secret and the headers, encrypted under the server's pepper.
hooks = Table(
    "hooks",
    metadata,
    account_column(primary_key=True),
    id_column(),
    Column("created_at", Instant, nullable=False),
    Column("dialect", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("events", Json, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("details", Json, nullable=False),
    Column("enabled", Boolean, nullable=False),
)

events = Table(
    "events",
    metadata,
    account_column(primary_key=True),
    id_column(),
    Column("created_at", Instant, nullable=False),
    Column("type", Text, nullable=False),
    Column("recording", Identifier, nullable=False),
    Column("snapshot", Json, nullable=False),
    Column("transcription", Json),
    Index("ix_events_newest", "account", "created_at", "id"),
    Index("ix_events_recording", "account", "recording", "created_at", "id"),
)

# Publishing an event twice must not deliver it twice: receiver is the hook's id, or the URL.
deliveries = Table(
    "deliveries",
    metadata,
    account_column(primary_key=True),
    id_column(),
    Column("created_at", Instant, nullable=False),
    Column("event", Identifier, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("dialect", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("hook", Identifier),
    Column("address", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("status", Integer),
    Column("error", Text),
    Column("updated_at", Instant),
    UniqueConstraint("account", "event", "dialect", "receiver"),
    ForeignKeyConstraint(["account", "event"], ["events.account", "events.id"]),
)

shares = Table(
    "shares",
    metadata,
    account_column(primary_key=True),
    id_column(),
    Column("created_at", Instant, nullable=False),
    Column("recording", Identifier, nullable=False),
    Column("media", Identifier, nullable=False),
    Column("form", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("note", Text),
    Column("revoked_at", Instant),
    Column("mix", Text, nullable=False, server_default="both"),
    Column("start_ms", BigInteger, nullable=False, server_default="0"),
    Column("end_ms", BigInteger),
    Column("made_by", Identifier),
    Column("uses", BigInteger),
    Column("used", BigInteger, nullable=False, server_default="0"),
    Column("networks", Json, nullable=False, server_default="[]"),
    Column("last_used_at", Instant),
    ForeignKeyConstraint(["account", "recording"], _OF_RECORDING),
    Index(None, "account", "recording", "created_at"),
)

# Who listens now: an address that has been quiet for long enough is dropped with the next use
# of any share of the account, or with the recording.
share_uses = Table(
    "share_uses",
    metadata,
    account_column(),
    Column("share", Identifier, nullable=False),
    Column("address", Text, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    PrimaryKeyConstraint("account", "share", "address"),
    ForeignKeyConstraint(["account", "share"], ["shares.account", "shares.id"]),
    Index(None, "account", "last_at"),
)

once = Table(
    "once",
    metadata,
    account_column(),
    Column("operation", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("kept_at", Instant, nullable=False),
    PrimaryKeyConstraint("account", "operation", "key"),
    Index(None, "account", "kept_at"),
)

# A leased job is due when its lease ends: then somebody else may have it.
jobs = Table(
    "jobs",
    metadata,
    account_column(primary_key=True),
    id_column(),
    Column("kind", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("lock", Text, unique=True),
    Column("attempt", Integer, nullable=False),
    Column("held", Boolean, nullable=False, server_default=false()),
    Index("ix_jobs_due", "kind", "due_at", "id"),
)
Index(
    "ix_jobs_held",
    *(jobs.c.kind, jobs.c.account),
    sqlite_where=jobs.c.held,
    postgresql_where=jobs.c.held,
)
