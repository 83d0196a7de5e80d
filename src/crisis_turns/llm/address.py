"""Where the server is, and whether the dialogues may go there."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from crisis_turns.errors import InputError


@dataclass(frozen=True)
class Address:
    """A server's address; ``told`` is its part that may be shown."""

    url: str
    told: str
    host: str
    port: int
    encrypted: bool

    @property
    def is_here(self) -> bool:
        """Whether it is this machine, by the address alone: no name is looked up."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def address_of(url: str) -> Address:
    """The address that a user has typed.

    Raises:
        InputError: if it is none, or holds a password or a key; it is not repeated then.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in ("http", "https") or not host:
        raise InputError("llm.base_url: expected an address such as http://localhost:8000/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InputError(
            "llm.base_url: expected an address without a password or a query; a key belongs into the environment "
            "(OPENAI_API_KEY)"
        )
    shown = f"[{host}]" if ":" in host else host
    told = f"{parts.scheme}://{shown}{f':{port}' if port else ''}"
    encrypted = parts.scheme == "https"
    return Address(url.rstrip("/"), told, host, port or (443 if encrypted else 80), encrypted)
