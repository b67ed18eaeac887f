"""The service: REST, WebSocket and pages. `create_app(runtime)` makes it."""

from __future__ import annotations

from terraloom.serve.app import create_app

__all__ = ["create_app"]
