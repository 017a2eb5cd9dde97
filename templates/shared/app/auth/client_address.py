"""The address of the client, also behind proxies."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from app.auth.settings import Network


def find_client(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """Return the nearest address that is no trusted proxy; for IPv6, its network."""
    client = _parse(peer)
    for hop in map(_parse, reversed(forwarded_for.split(","))):
        if hop is None or client is None or not any(client in network for network in trusted):
            break
        client = hop
    # A client with one IPv6 address usually has 2^64 of them.
    return str(ip_network((client, 64), strict=False) if client and client.version == 6 else client)


def _parse(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address.strip())
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed
