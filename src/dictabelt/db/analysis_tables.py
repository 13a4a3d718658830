"""The tables of what listening to recordings showed."""

from sqlalchemy import Column, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, Text

from dictabelt.db.tables import Identifier, Instant, Json, account_column, metadata

_OF_MEDIA = ["media.account", "media.id"]

analyses = Table(
    "analyses",
    metadata,
    account_column(),
    Column("media", Identifier, nullable=False),
    Column("recording", Identifier, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("analyser", Text, nullable=False),
    Column("findings", Json),
    Column("peaks", Text),
    Column("fault", Text),
    Column("damage", Text),
    PrimaryKeyConstraint("account", "media"),
    ForeignKeyConstraint(["account", "media"], _OF_MEDIA),
)

# One row a finding, so that a search reads only recordings of which it is true.
findings = Table(
    "findings",
    metadata,
    account_column(),
    Column("finding", Text, nullable=False),
    Column("recording", Identifier, nullable=False),
    Column("media", Identifier, nullable=False),
    # the recording's, so that those with a finding are in the order of a list
    Column("created_at", Instant, nullable=False, server_default="0"),
    PrimaryKeyConstraint("account", "finding", "recording", "media"),
    ForeignKeyConstraint(["account", "media"], _OF_MEDIA),
    Index(None, "account", "media"),
    Index("ix_findings_newest", "account", "finding", "created_at", "recording", "media"),
)
