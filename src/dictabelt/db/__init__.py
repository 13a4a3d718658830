"""Rows of the vault in SQLite: every query takes the account first."""
