"""What Alembic runs for every command: the connection comes from `run.migrate`."""

from alembic import context

from dictabelt.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
