"""Recordings and a manifest that fill a demonstration vault."""
