"""What proxies say of a request: the client, the scheme and the host that it came with."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

Network = IPv4Network | IPv6Network
# Some proxies write the port of the client too.
WITH_PORT = re.compile(r"\[(.+)\](?::\d+)?|([\d.]+):\d+")
HOST = re.compile(r"(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?", re.ASCII | re.IGNORECASE)


def _split_networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [ip_network(network) for network in value.replace(",", " ").split()]


Networks = Annotated[list[Network], NoDecode, BeforeValidator(_split_networks)]


class Forwarded(NamedTuple):
    """The client, and the scheme and the host where a proxy names them."""

    client: str
    scheme: str
    host: str


def read_forwarded(
    trusted: Sequence[Network], peer: str, addresses: str, schemes: str, hosts: str
) -> Forwarded | None:
    """Read the values of X-Forwarded-For, -Proto and -Host, if the peer is a trusted proxy."""
    client, proxies = peer, 0
    # The client is the nearest address that is no trusted proxy.
    for address in (peer, *reversed(addresses.split(","))):
        hop = parse_address(address)
        if hop is None:
            break
        client = str(hop)
        if not any(hop in network for network in trusted):
            break
        proxies += 1
    if not proxies:
        return None
    scheme, host = _choose(schemes, proxies).lower(), _choose(hosts, proxies)
    return Forwarded(
        client,
        scheme if scheme in {"http", "https"} else "",
        host if HOST.fullmatch(host) else "",
    )


def parse_address(address: str) -> IPv4Address | IPv6Address | None:
    """Parse an address, with or without a port; return None where it is none."""
    with_port = WITH_PORT.fullmatch(address.strip())
    try:
        parsed = ip_address(with_port[1] or with_port[2] if with_port else address.strip())
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _choose(values: str, proxies: int) -> str:
    """Choose what the farthest of the proxies wrote; each adds a value, or writes the only one."""
    written = values.split(",")
    return written[-min(proxies, len(written))].strip()
