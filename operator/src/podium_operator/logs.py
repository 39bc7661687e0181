"""Structured logs: one line per event, fields beside the message, nothing secret.

Redaction is the last line of defence; code never passes a secret to a logger in the first place.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from podium_operator.settings import LogFormat

__all__ = ["JsonFormatter", "TextFormatter", "redact", "set_up_logging"]

_SECRETS = re.compile(
    r"(?i)((?:password|passwd|secret|token|bearer|authorization|private[-_ ]?key)"
    r"[\"']?\s*[:= ]\s*[\"']?(?:bearer\s+)?)([^\s\"',;&]+)"
    r"|(://[^/\s:@]+:)([^@\s]+)(?=@)"
)
_SECRET_NAMES = re.compile(r"(?i)password|passwd|secret|token|private_?key")
_PEM = re.compile(r"-----BEGIN [A-Z ]*KEY-----.*?(?:-----END [A-Z ]*KEY-----|$)", re.DOTALL)
_USUAL = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    """Blank what looks like a password, a token or a key."""
    text = _PEM.sub("[redacted]", text)
    return _SECRETS.sub(lambda match: (match[1] or match[3]) + "[redacted]", text)


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, logger, message, then the event's fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
            **_fields(record),
        }
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line)


class TextFormatter(logging.Formatter):
    """The same for a person's terminal."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        stamp = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S.%f")[:-3]
        message = redact(record.getMessage())
        line = f"{stamp} {record.levelname.lower():7} {message} {fields}".rstrip()
        if record.exc_info:
            line += "\n" + redact(self.formatException(record.exc_info))
        return line


def set_up_logging(level: str, style: LogFormat, stream: TextIO | None = None) -> None:
    """Send every record of the process through one handler."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if style is LogFormat.JSON else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # kopf logs every event it passes on, and that it leaves the signals to us.
    logging.getLogger("kopf.objects").setLevel(logging.WARNING)
    logging.getLogger("kopf._core.reactor.running").setLevel(logging.ERROR)
    logging.getLogger("nats").setLevel(logging.ERROR)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return the event's own fields; numbers stay numbers, everything else becomes safe text."""
    return {
        name: value if isinstance(value, int | float | None) else _safe(name, str(value))
        for name, value in vars(record).items()
        if name not in _USUAL
    }


def _safe(name: str, text: str) -> str:
    return "[redacted]" if _SECRET_NAMES.search(name) else redact(text)
