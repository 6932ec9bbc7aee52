"""Runs two instances of a service with one Redis and an API, and checks what they share, for check-service."""

import collections
import concurrent.futures
import contextlib
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

# For anything that should happen at once.
PATIENCE = 30
# For the whole run.
TIME_LIMIT = 180
# The checkInterval of the service, in seconds.
CHECK_INTERVAL = 2

Answer = collections.namedtuple("Answer", "status text cache_status")


class API(http.server.ThreadingHTTPServer):
    """The server that the service asks. It has a report for each city, and can hold answers back."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.reports = {}
        self.requests = []
        self.asked = threading.Event()
        self.open = threading.Event()
        self.open.set()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def count(self, city):
        return self.requests.count(("GET", city))

    @contextlib.contextmanager
    def held(self):
        """Holds back all answers until the end of the block."""
        self.asked.clear()
        self.open.clear()
        try:
            yield
        finally:
            self.open.set()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def city(self):
        city = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["city"][0]
        self.server.requests.append((self.command, city))
        self.server.asked.set()
        self.server.open.wait(PATIENCE)
        return city

    def do_GET(self):
        city = self.city()
        report = self.server.reports.get(city, f"Sun in {city}").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(report)))
        self.send_header("Cache-Control", "max-age=3600")
        self.end_headers()
        self.wfile.write(report)

    def do_PUT(self):
        report = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.reports[self.city()] = report
        self.send_response(204)
        self.end_headers()

    def log_message(self, format, *args):
        pass


class Program:
    """A process with its output."""

    def __init__(self, name, command, ready, **environment):
        self.name = name
        self.lines = []
        self.is_ready = threading.Event()
        self.match = None
        self.process = subprocess.Popen(
            command,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, args=(ready,), daemon=True).start()

    def _read(self, ready):
        for line in self.process.stdout:
            self.lines.append(line)
            self.match = self.match or re.search(ready, line)
            if self.match:
                self.is_ready.set()
        self.is_ready.set()

    def wait_until_ready(self):
        self.is_ready.wait(PATIENCE)
        check(self.match, f"{self.name} is ready", *self.lines)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Instance(Program):
    """An instance of the service."""

    def __init__(self, name, binary, **environment):
        super().__init__(name, [binary], r"listening on 127\.0\.0\.1:(\d+)", PORT="0", **environment)

    def ask(self, method, path, body=None):
        port = int(self.match[1])
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
            connection.request(method, path, body)
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(), response.getheader("Cache-Status"))

    def get(self, city):
        answer = self.ask("GET", f"/weather?city={urllib.parse.quote(city)}")
        print(f"    {self.name}: GET {city} → {answer.status} {answer.text} ({answer.cache_status})")
        return answer

    def put(self, city, report):
        answer = self.ask("PUT", f"/weather?city={urllib.parse.quote(city)}", report)
        print(f"    {self.name}: PUT {city} → {answer.status} ({answer.cache_status})")
        return answer

    def counts(self):
        """How many reads its files and Redis have answered, and how many they could not."""
        return json.loads(self.ask("GET", "/counts").text)


def check(condition, claim, *details):
    if not condition:
        sys.exit("\n".join([f"FAILED: {claim}", *map(str, details)]))
    print(f"ok: {claim}", flush=True)


def eventually(condition):
    """Whether a condition becomes true in time."""
    deadline = time.monotonic() + PATIENCE
    while not (result := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return result


def is_hit(answer):
    return answer.status == 200 and answer.cache_status.startswith("FSCache; hit")


def check_sharing(api, a, b):
    first = a.get("Oslo")
    check(
        first.status == 200 and "fwd=uri-miss" in first.cache_status and "stored" in first.cache_status,
        "The first request is a miss, and its response is stored",
        first,
    )
    check(is_hit(b.get("Oslo")), "The other instance has a hit")
    (_, redis) = b.counts()
    check(redis["hits"] == 1, "That hit is from Redis", b.counts())
    # After the interval, it would ask Redis again. So one of several requests in quick succession is enough.
    check(
        any(is_hit(b.get("Oslo")) and b.counts()[0]["hits"] > 0 for _ in range(10)),
        "The next hit is from the files of the instance",
        b.counts(),
    )
    check(api.count("Oslo") == 1, "The API got one request", api.requests)


def check_collapsing(api, a, b):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with api.held():
            answers = [pool.submit(a.get, "São Paulo") for _ in range(3)]
            check(api.asked.wait(PATIENCE), "One instance has sent a request to the API")
            misses = b.counts()[1]["misses"]
            answers += [pool.submit(b.get, "São Paulo") for _ in range(3)]
            check(eventually(lambda: b.counts()[1]["misses"] > misses), "The other one has missed the same city")
        answers = [answer.result() for answer in answers]
    check(all(answer[:2] == (200, "Sun in São Paulo") for answer in answers), "All get the response", answers)
    check(api.count("São Paulo") == 1, "The API got one request for six at the same time", api.requests)


def check_invalidation(api, a, b):
    check(b.get("Oslo").text == "Sun in Oslo", "One instance has the old report")
    check(a.put("Oslo", "Snow in Oslo").status == 204, "The other one passes on a new report")
    end = time.monotonic() + CHECK_INTERVAL
    check(a.get("Oslo").text == "Snow in Oslo", "It has the new report at once")
    while (asked := time.monotonic()) < end and b.get("Oslo").text != "Snow in Oslo":
        time.sleep(0.2)
    answer = b.get("Oslo")
    check(answer.text == "Snow in Oslo", "The first one has the new report after checkInterval at the latest", answer)
    check(api.count("Oslo") == 2, "The API got one request for the new report", api.requests)


def check_loss(api, redis, a, b):
    redis.kill()
    for instance in a, b:
        answer = instance.get("Oslo")
        check(is_hit(answer) and answer.text == "Snow in Oslo", f"Without Redis, {instance.name} has its files", answer)
        answer = instance.get("Lima")
        check(answer[:2] == (200, "Sun in Lima"), f"{instance.name} still asks the API for a new city", answer)
    check(api.count("Oslo") == 2 and api.count("Lima") == 2, "The API got only these requests", api.requests)


def check_shutdown(api, a, b):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with api.held():
            answer = pool.submit(a.get, "Quito")
            check(api.asked.wait(PATIENCE), "A request is in progress")
            for instance in a, b:
                instance.process.terminate()
            check(b.process.wait(PATIENCE) == 0, "An idle instance ends after SIGTERM", *b.lines)
            check(a.process.poll() is None, "A busy one is still running", *a.lines)
        check(answer.result()[:2] == (200, "Sun in Quito"), "It answers the request", *a.lines)
    check(a.process.wait(PATIENCE) == 0, "Then it ends, too", *a.lines)


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main(binary):
    def stop(number, frame):
        sys.exit(f"FAILED: stopped by {signal.Signals(number).name}")

    for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM:
        signal.signal(number, stop)
    signal.alarm(TIME_LIMIT)

    server = shutil.which("redis-server") or shutil.which("valkey-server")
    check(server, "Redis or Valkey is installed")
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="fscache-"))
        port = free_port()
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        redis = Program("Redis", [server, *options], "Ready to accept connections")
        stack.callback(redis.kill)
        redis.wait_until_ready()
        api = API()
        instances = []
        for name in "A", "B":
            environment = {"CACHE_DIRECTORY": f"{folder}/{name}", "REDIS_URL": f"redis://127.0.0.1:{port}"}
            instances.append(Instance(name, binary, WEATHER_API=api.url, **environment))
            stack.callback(instances[-1].kill)
        for instance in instances:
            instance.wait_until_ready()
        check_sharing(api, *instances)
        check_collapsing(api, *instances)
        check_invalidation(api, *instances)
        check_loss(api, redis, *instances)
        check_shutdown(api, *instances)


main(sys.argv[1])
