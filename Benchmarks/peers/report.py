"""The table, the page and the chart of a comparison."""

import importlib.metadata
import math
import os
import platform
import re
import subprocess
from html import escape

SIZE_NAMES = {1_000: "1 KB", 12_000: "12 KB", 1_000_000: "1 MB"}
PACKAGES = ["requests-cache", "CacheControl", "hishel", "diskcache", "requests", "httpx", "PyYAML", "pymongo", "redis"]


def number(value):
    """A rate with three digits, or as a whole number."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(names, sizes, rates):
    titles = [f"{kind}, {SIZE_NAMES[size]}" for kind in ["hits", "stores"] for size in sizes]
    rows = [["per second", *titles]]
    for name in names:
        rows.append([name, *(number(rates[name, size][kind]) for kind in ["hits", "stores"] for size in sizes)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]

    def line(cells):
        padded = [cells[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:]))]
        return f"| {' | '.join(padded)} |"

    rule = f"| {'-' * widths[0]} | {' | '.join('-' * (width - 1) + ':' for width in widths[1:])} |"
    return "\n".join([line(rows[0]), rule, *map(line, rows[1:])])


def output(*command):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def machine():
    """The lines that describe the machine and the programs."""
    with open("/proc/cpuinfo") as file:
        model = re.search(r"^model name\s*: (.*)$", file.read(), re.MULTILINE)
    swift = re.search(r"Swift version ([0-9.]+)", output("swift", "--version"))
    redis = re.search(r"v=([0-9.]+)", output("redis-server", "--version"))
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    return [
        f"Processor: {model[1] if model else platform.machine()}, {os.cpu_count()} cores",
        f"Kernel: {platform.system()} {re.match('[0-9.]+', platform.release())[0]}",
        f"Swift {swift[1]}, Python {platform.python_version()}, Redis {redis[1]}",
        packages,
        f"Load average at the end, of five minutes: {os.getloadavg()[1]:.1f}. Above the number of cores, other programs "
        "took their share of the processor, so repeat the comparison on a machine that is idle",
    ]


def page(table, rounds, seconds):
    described = "\n".join(f"- {line}" for line in machine())
    return f"""# FSCache and caches for Python

`make bench-peers` measures these numbers, and writes this page. Yours will differ: compare only numbers of one run.

![Hits and stores per second of each cache](results.svg)

{table}

A *hit* is a response that the cache answers and the client reads completely. A *store* is a response that is fetched,
read completely and stored, each from a URL of its own. The bodies are JSON. One request follows the other. The origin
is another process on the same machine, and so is Redis. Each number is the median of {rounds} rounds of {seconds:g} seconds,
in which the caches take turns. A cache that needs more than four seconds for one size is measured only once. A dash
means that the cache has no such operation, or that it took longer than two minutes.

## What is compared

- All caches have their default settings. Their files are in the temporary directory.
- FSCache has the native format in memory, SQLite and Redis.
- requests-cache has pickles in SQLite and Redis, and objects in memory.
- hishel has its default store, an SQLite database.
- diskcache is a dictionary on disk, not an HTTP cache. It keeps only the body under the URL: no header fields, no
  freshness, no validation. It shows what a hit in Python can cost at least.

## What isn't fair

- Much of the difference is between Swift and Python, and between URLSession and requests or httpx. The rows without a
  cache show how often per second these fetch the responses without storing them.
- The files of requests-cache hold JSON bodies as nested data in every format. FSCache does that in JSON and YAML only,
  and a hit restores the original bytes.
- FSCache decodes header fields when they are first read, and this comparison doesn't read them.
- CacheControl follows `Cache-Control`. By default, the others don't.
- requests-cache waits until the disk has what it stores in SQLite. The others don't wait for the disk.
- There is one client. FSCache answers many at once on all cores, and Python runs one thread at a time.

## The machine

{described}
"""


def chart(names, sizes, rates):
    """An SVG with a panel for each size, whose axis is logarithmic."""
    left, panel, gap, top, row = 190, 240, 40, 70, 20
    values = [rate for kinds in rates.values() for rate in kinds.values() if rate]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    width, height = left + len(sizes) * (panel + gap), top + len(names) * row + 40
    bottom = top + len(names) * row
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        "<title>Hits and stores per second</title>",
        '<rect width="100%" height="100%" fill="white"/>',
        '<text x="10" y="22" font-size="15" font-weight="bold">Per second, on a logarithmic scale</text>',
    ]

    def dot(x, y, color, is_hit):
        fill = color if is_hit else "white"
        parts.append(f'<circle cx="{x:.1f}" cy="{y}" r="4.5" fill="{fill}" stroke="{color}" stroke-width="2"/>')

    def text(x, y, words, anchor="start", color="black"):
        parts.append(f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" fill="{color}">{escape(words)}</text>')

    for x, words, is_hit in [(left + 290, "hits", True), (left + 350, "stores", False)]:
        dot(x, 18, "black", is_hit)
        text(x + 10, 22, words)
    for x, words in [(left + 440, "FSCache"), (left + 520, "for Python"), (left + 610, "without a cache")]:
        text(x, 22, words, color=color_of(words))
    for index, name in enumerate(names):
        text(left - 10, top + index * row + 14, name, "end", color_of(name))
    for column, size in enumerate(sizes):
        start = left + column * (panel + gap)

        def place(value):
            return start + (math.log10(value) - low) / (high - low) * panel

        text(start + panel / 2, top - 12, f"bodies of {SIZE_NAMES[size]}, per second", "middle")
        for power in range(low, high + 1):
            x = place(10**power)
            parts.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}" stroke="#ddd"/>')
            text(x, bottom + 18, label(power), "middle", "#555")
        for index, name in enumerate(names):
            y = top + index * row + 10
            known = {kind: place(rate) for kind, rate in rates[name, size].items() if rate}
            if len(known) == 2:
                x1, x2 = known.values()
                parts.append(f'<line x1="{x1:.1f}" y1="{y}" x2="{x2:.1f}" y2="{y}" stroke="#bbb"/>')
            for kind, x in known.items():
                dot(x, y, color_of(name), kind == "hits")
    return "\n".join([*parts, "</svg>", ""])


def color_of(name):
    return "#777777" if "without a cache" in name else "#0060c0" if name.startswith("FSCache") else "#c05000"


def label(power):
    """A power of ten, such as 100k."""
    if power >= 6:
        return f"{10 ** (power - 6)}M"
    return f"{10 ** (power - 3)}k" if power >= 3 else f"{10.0**power:g}"
