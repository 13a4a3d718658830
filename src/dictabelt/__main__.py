"""`python -m dictabelt`: the command."""

import sys

from dictabelt.cli.main import run

if __name__ == "__main__":
    sys.exit(run())
