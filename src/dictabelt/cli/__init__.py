"""The command line: a module a command group; each parses, makes one core call, and tells."""
