"""Measures a cache for Python like `bench --rates` measures FSCache, and prints the rates as JSON.

    caches.py NAME ORIGIN BYTES SECONDS
"""

import json
import os
import sys
import tempfile
import time


def requests_cache(backend, serializer=None):
    """requests-cache with the default settings."""

    def make(folder):
        import requests_cache as package

        options = {"serializer": serializer} if serializer else {}
        if backend == "filesystem":
            store = package.FileCache(f"{folder}/cache", **options)
        elif backend == "sqlite":
            store = package.SQLiteCache(f"{folder}/cache.sqlite")
        elif backend == "redis":
            from redis import Redis

            store = package.RedisCache(connection=Redis.from_url(os.environ["REDIS_URL"]))
        else:
            store = backend
        session = package.CachedSession(backend=store)

        def get(url):
            response = session.get(url)
            return response.content, response.from_cache

        return get

    return make


def cachecontrol(folder):
    import requests
    from cachecontrol import CacheControl
    from cachecontrol.caches import FileCache

    session = CacheControl(requests.Session(), FileCache(f"{folder}/cache"))

    def get(url):
        response = session.get(url)
        return response.content, response.from_cache

    return get


def hishel(folder):
    from hishel import SqliteStorage
    from hishel.httpx import CacheClient

    client = CacheClient(storage=SqliteStorage(database_path=f"{folder}/cache.db"))

    def get(url):
        response = client.get(url)
        return response.content, response.extensions["caching"]["from_cache"]

    return get


def diskcache(folder):
    """diskcache stores only the content, under the URL."""
    import diskcache as package
    import requests

    cache, session = package.Cache(f"{folder}/cache"), requests.Session()

    def get(url):
        content = cache.get(url)
        if content is not None:
            return content, True
        content = session.get(url).content
        cache.set(url, content)
        return content, False

    return get


def requests_alone(folder):
    import requests

    session = requests.Session()
    return lambda url: (session.get(url).content, False)


def httpx_alone(folder):
    import httpx

    client = httpx.Client()
    return lambda url: (client.get(url).content, False)


CACHES = {
    "requests-cache, pickle": requests_cache("filesystem", "pickle"),
    "requests-cache, JSON": requests_cache("filesystem", "json"),
    "requests-cache, BSON": requests_cache("filesystem", "bson"),
    "requests-cache, YAML": requests_cache("filesystem", "yaml"),
    "requests-cache, memory": requests_cache("memory"),
    "requests-cache, SQLite": requests_cache("sqlite"),
    "requests-cache, Redis": requests_cache("redis"),
    "CacheControl, FileCache": cachecontrol,
    "hishel, SQLite": hishel,
    "diskcache, bytes only": diskcache,
}
WITHOUT_CACHE = {"requests without a cache": requests_alone, "httpx without a cache": httpx_alone}


def rate(seconds, operation):
    """Repeats an operation at least once, and returns how often it ran per second."""
    start, count, elapsed = time.perf_counter(), 0, 0.0
    while elapsed < seconds:
        operation(count)
        count += 1
        elapsed = time.perf_counter() - start
    return count / elapsed


def measure(name, origin, byte_count, seconds):
    urls = []
    with tempfile.TemporaryDirectory() as folder:
        get = {**CACHES, **WITHOUT_CACHE}[name](folder)

        def expect(url, is_hit):
            content, from_cache = get(url)
            # Some caches for Python return JSON that is written anew, so its size may differ.
            if bool(from_cache) != is_hit or len(content) < byte_count // 2:
                raise RuntimeError(f"{name}: {url} was not {'a hit' if is_hit else 'fetched'}")

        start = time.perf_counter()
        # Fewer than ten if storing them takes long.
        while not urls or len(urls) < 10 and time.perf_counter() - start < seconds:
            url = f"{origin}/{byte_count}/hit{len(urls)}"
            expect(url, False)
            urls.append(url)
        rates = {}
        if name in CACHES:
            rates["hits"] = rate(seconds, lambda number: expect(urls[number % len(urls)], True))
        rates["stores"] = rate(seconds, lambda number: expect(f"{origin}/{byte_count}/{number}", False))
    return rates


if __name__ == "__main__":
    name, origin, byte_count, seconds = sys.argv[1:]
    print(json.dumps(measure(name, origin, int(byte_count), float(seconds))))
