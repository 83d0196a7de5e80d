"""What a server's error says. It may echo the dialogue or the key: only its status and a short code are ever shown."""

import json
import re
from typing import Any

import openai

_FILTERS = {"content_filter", "content_policy_violation"}


def told(error: openai.APIStatusError) -> str:
    """Status and code, which is shown if it can be no text."""
    body = _body(error)
    code = body.get("code") or body.get("type") if isinstance(body, dict) else None
    shown = f" ({code})" if isinstance(code, str) and re.fullmatch(r"[a-z_.]{1,40}", code) else ""
    return f"HTTP {error.status_code}{shown}"


def complaint(error: openai.APIStatusError) -> str:
    """What the server says is wrong, to look for names in: the parameter where it gives one, otherwise all of it."""
    body = _body(error)
    if isinstance(body, dict) and body.get("param"):
        return str(body["param"]).casefold()
    return json.dumps(body, default=str).casefold()


def is_filter(error: openai.APIStatusError) -> bool:
    """Whether a content filter has held the question back."""
    body = _body(error)
    return isinstance(body, dict) and bool(_FILTERS & {str(body.get("code")), str(body.get("type"))})


def _body(error: openai.APIStatusError) -> Any:
    body = error.body
    return body["error"] if isinstance(body, dict) and isinstance(body.get("error"), dict) else body
