"""The address of the client, also behind proxies."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated

from pydantic import BaseModel, BeforeValidator
from pydantic_settings import NoDecode

Network = IPv4Network | IPv6Network


def _split_networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [ip_network(network) for network in value.replace(",", " ").split()]


class ProxySettings(BaseModel):
    """The proxies whose `X-Forwarded-For` counts."""

    trusted_proxies: Annotated[list[Network], NoDecode, BeforeValidator(_split_networks)] = []


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
