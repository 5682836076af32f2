"""What the worker says: one line of JSON an event on stderr, few of them, nothing secret in any."""

import json
import sys
from datetime import datetime

from data.sealing import redact


def say(at: datetime, event: str, **facts: object) -> None:
    """Say that something happened; text in it loses passwords and internal addresses."""
    clean = {name: redact(value) if isinstance(value, str) else value for name, value in facts.items()}
    line = {"at": at.isoformat(timespec="seconds"), "event": event, **clean}
    sys.stderr.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
    sys.stderr.flush()
