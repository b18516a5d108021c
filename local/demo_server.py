"""The shop that the example workflows call: a real HTTP server on loopback."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

_WORK_SECONDS = 0.5


class _Shop(BaseHTTPRequestHandler):
    """GET /orders/<id>, GET /stock/<id>, POST /shipments, POST /invoices."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        collection, _, name = self.path.strip("/").partition("/")
        if collection == "orders":
            customer = {"name": "Ada Lovelace", "email": "ada@example.com"}
            items = [{"sku": "lamp", "quantity": 2}, {"sku": "desk", "quantity": 1}]
            self._answer(HTTPStatus.OK, {"id": name, "total": 420, "items": items, "customer": customer})
        elif collection == "stock":
            self._answer(HTTPStatus.OK, {"available": True})
        else:
            self._answer(HTTPStatus.NOT_FOUND, {"detail": f"no such path: {self.path}"})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        created = {"/shipments": "shipment_id", "/invoices": "invoice_id"}.get(self.path)
        if created:
            self._answer(HTTPStatus.CREATED, {created: str(uuid4())})
        else:
            self._answer(HTTPStatus.NOT_FOUND, {"detail": f"no such path: {self.path}"})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep the demo's screen for the demo."""

    def _answer(self, status: HTTPStatus, content: dict[str, Any]) -> None:
        time.sleep(_WORK_SECONDS)
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    # Where many nodes begin at once: whom the queue has no place for would try again a second later.
    request_queue_size = 128


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler] = _Shop) -> Iterator[str]:
    """Serve on a free port of loopback; gives the base URL."""
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
