"""What `deploy/` holds is taken by those who read it."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from serving import served

DEPLOY = Path(__file__).parents[2] / "deploy"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
PORT = 18_765

pytestmark = pytest.mark.skipif(
    NGINX is None, reason="no nginx on this machine (apt-get install nginx-light)"
)


@pytest.fixture
def proxy(database_url: str, tmp_path: Path) -> Iterator[Path]:
    """nginx as shipped, but for ports and places; the folder with its log."""
    with served(database_url, tmp_path) as base:
        site = (DEPLOY / "nginx.conf").read_text()
        for before, after in (
            ("127.0.0.1:8765", base.removeprefix("http://")),
            ("listen 80;", f"listen 127.0.0.1:{PORT};"),
            ("/var/log/nginx/", f"{tmp_path}/"),
        ):
            assert before in site
            site = site.replace(before, after)
        config = tmp_path / "nginx.conf"
        places = "".join(
            f"{name}_temp_path {tmp_path}/{name};\n"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        config.write_text(
            f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;\n"
            f"events {{}}\nhttp {{\n{places}{site}\n}}\n"
        )
        assert NGINX is not None
        running = subprocess.Popen([NGINX, "-c", str(config), "-e", f"{tmp_path}/error.log"])
        _wait(running)
        yield tmp_path
        running.terminate()
        running.wait(10)


def _wait(running: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert running.poll() is None, "nginx did not start"
        try:
            httpx.get(f"http://127.0.0.1:{PORT}/v1/health")
        except httpx.ConnectError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("nginx does not answer")


def test_nginx_passes_pages_api_and_the_change_feed(proxy: Path) -> None:
    base = f"http://127.0.0.1:{PORT}"
    assert "Terraloom" in httpx.get(base).text
    assert httpx.get(f"{base}/api/v1/events").json()["events"] == []
    with connect(f"ws://127.0.0.1:{PORT}/api/v1/ws", proxy=None) as client:
        assert json.loads(client.recv(timeout=10))["type"] == "hello"


def test_the_log_holds_the_address_of_the_visitor(proxy: Path) -> None:
    httpx.get(f"http://127.0.0.1:{PORT}/sources", headers={"X-Forwarded-For": "203.0.113.7"})
    log = (proxy / "terraloom.log").read_text()
    assert any(line.startswith("203.0.113.7 ") and "/sources" in line for line in log.splitlines())
