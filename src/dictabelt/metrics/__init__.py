"""Figures for Prometheus: what was asked, made, kept and done in this process."""
