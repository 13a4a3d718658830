"""Bytes by key: in files on a local disk."""
