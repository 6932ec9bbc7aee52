"""Compares FSCache with caches for Python: hits and stores per second, in turn, from an origin in this process.

    compare.py BENCH [--seconds SECONDS] [--rounds ROUNDS]

BENCH is the program `bench`, built with the trait Stores. REDIS_URL names a Redis server, whose content is deleted.
Prints a table, and writes RESULTS.md and results.svg beside this folder.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

import caches
import origin
import report
from redis import Redis

SIZES = [1_000, 12_000, 1_000_000]
STORES = {
    "FSCache, native": "native",
    "FSCache, BSON": "bson",
    "FSCache, JSON": "json",
    "FSCache, YAML": "yaml",
    "FSCache, memory": "memory",
    "FSCache, SQLite": "sqlite",
    "FSCache, Redis": "redis",
}
# Rows without a cache show how much of a store is the transport.
TRANSPORTS = {"URLSession without a cache": "none"}
NAMES = [*STORES, *caches.CACHES, *TRANSPORTS, *caches.WITHOUT_CACHE]
# A measurement that takes longer is not repeated, or is ended.
LONG, TOO_LONG = 4, 120


def command(bench, name, url, size, seconds):
    store = {**STORES, **TRANSPORTS}.get(name)
    if store:
        return [bench, "--rates", store, url, str(size), str(seconds)]
    return [sys.executable, caches.__file__, name, url, str(size), str(seconds)]


def measure(bench, name, url, size, seconds):
    """The rates and the time that measuring took."""
    Redis.from_url(os.environ["REDIS_URL"]).flushall()
    before = os.times().elapsed
    try:
        done = subprocess.run(
            command(bench, name, url, size, seconds), timeout=TOO_LONG, check=True, stdout=subprocess.PIPE
        )
    except subprocess.TimeoutExpired:
        return {}, TOO_LONG
    return json.loads(done.stdout), os.times().elapsed - before


def compare(bench, rounds, seconds):
    """The median rates by name and size."""
    url = origin.start()
    taken = {}
    for turn in range(rounds):
        # In alternating order, so that a change of the machine's load affects all.
        for size in SIZES:
            for name in NAMES if turn % 2 == 0 else reversed(NAMES):
                results, longest = taken.setdefault((name, size), ([], [0]))
                if longest[0] > LONG:
                    continue
                rates, elapsed = measure(bench, name, url, size, seconds)
                results.append(rates)
                longest[0] = max(longest[0], elapsed)
            print(f"Round {turn + 1} of {rounds}: bodies of {size:,} bytes", file=sys.stderr, flush=True)

    def median(results, kind):
        known = [rates[kind] for rates in results if rates.get(kind)]
        return statistics.median(known) if known else None

    return {
        place: {kind: median(results, kind) for kind in ["hits", "stores"]} for place, (results, _) in taken.items()
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.25)
    options = parser.parse_args()
    rates = compare(options.bench, options.rounds, options.seconds)
    table = report.table(NAMES, SIZES, rates)
    print(table)
    folder = pathlib.Path(__file__).resolve().parent.parent
    (folder / "RESULTS.md").write_text(report.page(table, options.rounds, options.seconds))
    (folder / "results.svg").write_text(report.chart(NAMES, SIZES, rates))
