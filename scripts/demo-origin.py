"""An origin server on loopback for the demo: slow, with validators, and with responses that are soon stale.

Prints its port, then one line for each request that reaches it.
"""

import base64
import hashlib
import http.server
import sys
import time

DELAY = 0.3
MAX_AGE = int(sys.argv[1])

RESOURCES = {
    "/fruits.json": (
        "application/json",
        b'{"fruits": [{"name": "apple", "price": 1.25}, {"name": "cherry", "price": 4.75}]}\n',
    ),
    "/haiku.txt": (
        "text/plain; charset=utf-8",
        "An old silent pond…\nA frog jumps into the pond—\nSplash! Silence again.\n".encode(),
    ),
    "/dot.png": (
        "image/png",
        base64.b64decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        ),
    ),
}


class Origin(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        time.sleep(DELAY)
        if self.path not in RESOURCES:
            self.send_error(404)
            return
        content_type, body = RESOURCES[self.path]
        etag = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
        is_current = self.headers.get("If-None-Match") == etag
        self.send_response(304 if is_current else 200)
        self.send_header("ETag", etag)
        self.send_header("Cache-Control", f"max-age={MAX_AGE}")
        if not is_current:
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not is_current:
            self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        print(f"{self.command} {self.path} → {int(code)}", flush=True)

    def log_message(self, format, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
print(server.server_address[1], flush=True)
server.serve_forever()
