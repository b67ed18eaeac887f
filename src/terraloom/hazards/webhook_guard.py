"""
Where a webhook may go, so that a subscription cannot be used to reach what only this machine can reach.

http and https only; no user name or password in the url; redirects are not followed. A host must resolve to
public addresses alone, or to addresses in the networks that `webhooks.private_networks` names (default: this
machine's loopback, for receivers beside a laptop's Terraloom). It is looked up again at every try, and the
connection goes to the very address that was checked, so a name that changes its answer gains nothing.
Link-local addresses (cloud metadata) are refused unless named.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from terraloom.errors import ConfigError

LOOPBACK = ("127.0.0.0/8", "::1/128")
Lookup = Callable[[str, int], list[str]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def addresses(host: str, port: int) -> list[str]:
    """All addresses of a host, in the resolver's order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def check_url(url: str, private_networks: Sequence[str] = LOOPBACK) -> None:
    """Refuse a url that could never be called (`ConfigError`); names are looked up only when sending."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        raise ConfigError("url", url, f"an address that can be read ({error})") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigError("url", url, "http://… or https://… with a host")
    if parts.username or parts.password:
        raise ConfigError("url", f"{parts.scheme}://…@{host}", "no user name or password; use `api_key`")
    if _literal(host):
        _check_address(host, host, private_networks)


def resolve(url: str, private_networks: Sequence[str], lookup: Lookup = addresses) -> str:
    """
    The address to connect to. Raises `ConfigError` where any address of the host is not allowed, OSError
    where it has none.
    """
    check_url(url, private_networks)
    parts = urlsplit(url)
    host = parts.hostname or ""
    found = lookup(host, parts.port or (443 if parts.scheme == "https" else 80))
    if not found:
        raise OSError(f"{host} has no address")
    for address in found:
        _check_address(host, address, private_networks)
    return found[0]


def _literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _check_address(host: str, text: str, private_networks: Sequence[str]) -> None:
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    allowed = any(address in _network(network) for network in private_networks)
    if not allowed and (not address.is_global or address.is_multicast):
        raise ConfigError(
            "url", f"{host} ({text})", "a public address, or one in `webhooks.private_networks`"
        )


def _network(cidr: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(cidr)
    except ValueError as error:
        raise ConfigError("webhooks.private_networks", cidr, "a network as CIDR, like 10.0.0.0/8") from error
