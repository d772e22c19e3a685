"""Alembic's environment: runs on the connection that `store.migrating` hands over."""

from alembic import context

_options = context.config.attributes

context.configure(
    connection=_options["connection"],
    target_metadata=_options.get("metadata"),
    version_table=_options["version_table"],
    render_as_batch=False,
)
context.run_migrations()
