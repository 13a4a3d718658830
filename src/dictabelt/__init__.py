"""A self-hosted vault for phone-call recordings."""

__version__ = "0.1.0"
