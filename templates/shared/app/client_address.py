"""The address that stands for a client where requests are counted."""

from ipaddress import ip_network

from app.server.forwarded import parse_address


def count_as(address: str) -> str:
    """Return the address; for IPv6 its network, as a client usually has 2^64 addresses of it."""
    parsed = parse_address(address)
    if parsed and parsed.version == 6:
        return str(ip_network((int(parsed), 64), strict=False))
    return str(parsed)
