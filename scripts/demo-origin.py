"""A slow origin server for the demo. It prints its port, then a line for each request that it answers."""

import base64
import hashlib
import http.server
import time

DELAY = 0.3

# Content-Type, max-age in seconds, and content.
RESOURCES = {
    "/fruits.json": (
        "application/json",
        3600,
        b'{"fruits": [{"name": "apple", "price": 1.25}, {"name": "cherry", "price": 4.75}]}\n',
    ),
    "/weather.txt": ("text/plain; charset=utf-8", 1, "Light rain, 12 °C\n".encode()),
    "/dot.png": (
        "image/png",
        3600,
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
        content_type, max_age, body = RESOURCES[self.path]
        etag = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
        is_current = self.headers.get("If-None-Match") == etag
        self.send_response(304 if is_current else 200)
        self.send_header("ETag", etag)
        self.send_header("Cache-Control", f"max-age={max_age}")
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
