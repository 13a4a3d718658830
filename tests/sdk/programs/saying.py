"""What every program here says of values and refusals, as JSON."""

import json
import sys
from datetime import datetime
from decimal import Decimal
from typing import Any


def given() -> dict[str, Any]:
    """What the test hands over."""
    found: dict[str, Any] = json.loads(sys.argv[1])
    return found


def plain(value: Any) -> Any:
    """A value with its type where JSON has no word for it."""
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    return {"decimal": str(value)} if isinstance(value, Decimal) else value


def say(**told: Any) -> None:
    """The last line that a program prints."""
    print(json.dumps(told))
