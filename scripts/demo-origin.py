"""The origin of scripts/demo: a few pages on loopback, each with an ETag and as slow as a far network.

Prints its port, then a line for each response.
"""

import hashlib
import http.server
import json
import sys
import time

ITEMS = {
    "items": [
        {"id": 1, "name": "Tea", "price": 4.50, "tags": ["hot", "green"]},
        {"id": 2, "name": "Cocoa", "price": 5.00, "tags": ["hot", "sweet"]},
    ],
    "next": None,
}
PAGES = {
    "/items": ("application/json", json.dumps(ITEMS).encode()),
    "/page": ("text/html; charset=utf-8", "<!doctype html>\n<title>Tea</title>\n<p>Grüner Tee, 4,50 €</p>\n".encode()),
    "/logo": ("image/png", bytes.fromhex("89504e470d0a1a0a") + bytes(range(256))),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        time.sleep(0.25)
        page = PAGES.get(self.path.partition("?")[0])
        if not page:
            return self.answer(404, {"Content-Type": "text/plain"}, b"There is no such page.\n")
        media_type, content = page
        tag = f'"{hashlib.sha256(content).hexdigest()[:8]}"'
        if self.headers.get("If-None-Match") == tag:
            return self.answer(304, {"ETag": tag})
        self.answer(200, {"Content-Type": media_type, "ETag": tag}, content)

    def answer(self, status, fields, content=b""):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        print(f"{self.command} {self.path}: {status}, {len(content)} bytes", flush=True)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_port, flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    sys.exit()
