"""Durable background work, and the letters that it sends."""
