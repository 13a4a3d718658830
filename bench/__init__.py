"""Measures the server beside its peers, on one machine in one run, and prints ratios."""
