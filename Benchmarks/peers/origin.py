"""An HTTP origin on this machine that answers /BYTES/NAME with as many bytes of JSON."""

import functools
import socket
import threading
from email.utils import formatdate

HEAD = """HTTP/1.1 200 OK\r
Date: {date}\r
Server: origin\r
Content-Type: application/json; charset=utf-8\r
Content-Length: {count}\r
Cache-Control: public, max-age=86400\r
ETag: "5f1e7c0a3b9d4e62"\r
Last-Modified: Sun, 04 Jan 2026 22:15:31 GMT\r
Access-Control-Allow-Origin: *\r
Strict-Transport-Security: max-age=31536000; includeSubDomains\r
X-Content-Type-Options: nosniff\r
Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r
\r
"""

ITEM = (
    '{{"id":{n},"name":"Item {n}","description":"What item number {n} is about, in a line","price":{n}.25,'
    '"tags":["new","sale"],"isAvailable":true,"createdAt":"2026-01-04T22:15:31Z","owner":{{"name":"Zoë"}}}}'
)


def content(count):
    """JSON of exactly `count` bytes: an object for each item, and blanks before the end."""
    items, length = [], len('{"items":[]}')
    while True:
        item = ITEM.format(n=len(items) + 1).encode()
        length += len(item) + 1
        if length > count:
            break
        items.append(item)
    body = b'{"items":[' + b",".join(items)
    return body + b" " * (count - len(body) - 2) + b"]}"


@functools.cache
def message(count):
    body = content(count)
    return HEAD.format(date=formatdate(usegmt=True), count=len(body)).encode() + body


def answer(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    pending = b""
    with connection:
        while received := connection.recv(65536):
            pending += received
            while b"\r\n\r\n" in pending:
                request, pending = pending.split(b"\r\n\r\n", 1)
                connection.sendall(message(int(request.split(b"/", 2)[1])))


def accept(listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=[connection], daemon=True).start()


def start():
    """Starts an origin in threads of this process, and returns its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=accept, args=[listener], daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"
