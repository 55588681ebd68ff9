"""Where the service is, and the key to it."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import Unauthorized, Unreachable
from core.settings import read


@dataclass(frozen=True)
class Address:
    """Where to send requests, and what to show there."""

    url: str
    key: str | None

    @property
    def is_loopback(self) -> bool:
        return _is_loopback(self.url)


def find(url: str | None = None, key: str | None = None) -> Address:
    """The address that was given, or that the environment names, or that `distillery up` wrote down."""
    settings = read()
    url = url or settings.url or _read(settings.url_file)
    if url is None:
        raise Unreachable(f"no service is known: DISTILLERY_URL is not set and {settings.url_file} not there")
    _check_url(url)
    if key is None and settings.key is not None:
        key = settings.key.get_secret_value().strip() or None
    # The key in the file opens the service of this machine; it is nobody else's business.
    if key is None and _is_loopback(url):
        key = _read(settings.api_key_file)
    if key is not None and not (key.isascii() and key.isprintable()):
        raise Unauthorized("the API key holds characters that no key has")
    return Address(url.rstrip("/"), key)


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except FileNotFoundError:
        return None


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise Unreachable(f"{url!r} is not an address like http://127.0.0.1:8000")


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
