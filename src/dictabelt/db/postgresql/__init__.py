"""The same rows on a PostgreSQL server, by asyncpg."""
