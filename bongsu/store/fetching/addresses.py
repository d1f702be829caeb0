"""Addresses of other machines: which are public, and to which one a host name leads."""

from __future__ import annotations

import ipaddress
import socket

from bongsu.core.errors import N_, Refused, Unreachable

UNRESOLVED = N_("The host name “{host}” cannot be resolved: {reason}.")
# IPv6 networks with an IPv4 address in the last 32 bits (NAT64, IPv4-compatible, IPv4-translated)
_IPV4_IN_IPV6 = tuple(ipaddress.ip_network(network) for network in ("64:ff9b::/96", "::/96", "::ffff:0:0:0/96"))
# networks that Python 3.11 wrongly calls global: local NAT64, site-local, IETF protocol assignments
_NOT_GLOBAL = tuple(ipaddress.ip_network(network) for network in ("64:ff9b:1::/48", "fec0::/10", "192.0.0.0/24"))


def is_public(machine: str) -> bool:
    """Returns whether an IP address is public; an IPv4 address inside an IPv6 one is checked too."""
    ip = ipaddress.ip_address(machine.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inside is not None:
            return is_public(str(inside))
        if any(ip in network for network in _IPV4_IN_IPV6):
            return is_public(str(ipaddress.ip_address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _NOT_GLOBAL)


def resolve_host(host: str, port: int, *, allow_private: bool, where: str, fix: str) -> str:
    """Returns the IP address of a host name. Raises Unreachable, and Refused if one of its addresses is not public.

    `fix` says how an operator permits private addresses, which `allow_private` does.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as wrong:
        raise Unreachable(UNRESOLVED, where=where, host=host, reason=wrong) from None
    machines = [str(row[4][0]) for row in found]
    if not allow_private and not all(map(is_public, machines)):
        raise Refused(N_("“{host}” is a private or loopback address."), where=where, fix=fix, host=host)
    return machines[0]
