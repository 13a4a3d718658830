"""Nouns, rules and use-cases of the vault; standard library only."""
