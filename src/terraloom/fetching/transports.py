"""The last step before the wire: sign, send elsewhere if told so, choose direct or proxy.

Signing stands here, below the client, so that no log line, exception or response of it can hold the secret.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.request import getproxies, proxy_bypass

import httpx

from terraloom.errors import ConfigError

CREDENTIAL = "terraloom.credential"  # request extension: the `Credential` to sign with


class Road(httpx.AsyncBaseTransport):
    """
    Sends a request over `make(proxy)`'s transports, made once each when first needed.

    `point_at` is "" (the real hosts), one base url for all hosts, or one per host name. The request that
    goes elsewhere keeps its Host header, by which the simulated planet knows whom to play.
    """

    def __init__(
        self,
        point_at: str | dict[str, str] = "",
        make: Callable[[str | None], httpx.AsyncBaseTransport] | None = None,
    ) -> None:
        for base in point_at.values() if isinstance(point_at, dict) else [point_at]:
            check_base(base)
        self._point_at = point_at
        self._make = make or _over_network
        self._made: dict[str | None, httpx.AsyncBaseTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        credential = request.extensions.get(CREDENTIAL)
        signed = credential.sign(request) if credential else request
        base = base_for(self._point_at, request.url.host)
        if base:
            return await self._over(None).handle_async_request(_pointed(signed, httpx.URL(base)))
        return await self._over(_proxy_for(request.url)).handle_async_request(signed)

    async def aclose(self) -> None:
        for transport in self._made.values():
            await transport.aclose()

    def _over(self, proxy: str | None) -> httpx.AsyncBaseTransport:
        if proxy not in self._made:
            self._made[proxy] = self._make(proxy)
        return self._made[proxy]


def base_for(point_at: str | dict[str, str], host: str) -> str:
    """Where requests to `host` are sent instead; "" where they are not."""
    return point_at.get(host, "") if isinstance(point_at, dict) else point_at


def check_base(base: str) -> None:
    """Raise `ConfigError` unless requests can be sent to `base`; "" stands for the real host."""
    expected = "a base url such as http://127.0.0.1:8080"
    try:
        url = httpx.URL(base)
    except httpx.InvalidURL as error:
        raise ConfigError("fetch.point_at", base, expected) from error
    if base and (url.scheme not in ("http", "https") or not url.host or url.query or url.fragment):
        raise ConfigError("fetch.point_at", base, expected)


def _pointed(request: httpx.Request, base: httpx.URL) -> httpx.Request:
    path = base.raw_path.rstrip(b"/") + request.url.raw_path
    url = request.url.copy_with(scheme=base.scheme, host=base.host, port=base.port, raw_path=path)
    # A new request takes the headers as they are, so Host remains the original.
    return httpx.Request(
        request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
    )


def _proxy_for(url: httpx.URL) -> str | None:
    """The proxy that the environment names for this url (HTTPS_PROXY, NO_PROXY, …)."""
    proxy = getproxies().get(url.scheme) or getproxies().get("all")
    return None if proxy is None or proxy_bypass(url.host) else proxy


def _over_network(proxy: str | None) -> httpx.AsyncBaseTransport:
    return httpx.AsyncHTTPTransport(verify=True, proxy=proxy, retries=0)
