"""Reads the file of an entry with nothing but the guide "Files": a test of the guide, and a start for a port.

    python3 Examples/read_entry.py FILE

It prints the status, the header fields, an empty line and the body. The file extension tells the format.
"""

import base64, json, re, sys

TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+)')


# The members of the record that hold text only.
TEXTS = {"method", "url", "reason", "key", "headers", "checksum", "text", "base64"}


# JSON text as a tree that keeps each token: a scalar is its text, an array ("[", elements), an object ("{", pairs).

def json_tree(text):
    tokens = TOKEN.findall(text)
    position = 0

    def value():
        nonlocal position
        token = tokens[position]
        position += 1
        if token not in "[{":
            return token
        children = []
        while tokens[position] not in "]}":
            if tokens[position] == ",":
                position += 1
            if token == "{":
                name = tokens[position]
                position += 2
                children.append((name, value()))
            else:
                children.append(value())
        position += 1
        return token, children
    return value()


def yaml_tree(text):
    import yaml

    def string(value):
        return json.dumps(value, ensure_ascii=False)

    def value(node, in_record=True, is_text=False):
        if isinstance(node, yaml.SequenceNode):
            return "[", [value(child, in_record, is_text) for child in node.value]
        if isinstance(node, yaml.MappingNode):
            return "{", [(string(name.value),
                          value(child, in_record and name.value != "json", is_text or in_record and name.value in TEXTS))
                         for name, child in node.value]
        kind = node.tag.rpartition(":")[2]
        if is_text and kind != "binary":
            return string(node.value)
        if kind == "float" and (match := re.fullmatch(r"(-?\d)\.0(e([+-]\d+))", node.value)):
            if not -5 < int(match[3]) < 16:
                return match[1] + match[2]
        if kind in ("int", "float", "bool", "null"):
            return node.value
        return string(re.sub(r"\s", "", node.value) if kind == "binary" else node.value)
    return value(yaml.compose(text if text.endswith("\n") else text + "\n"))


def plain(tree):
    if isinstance(tree, str):
        return json.loads(tree)
    bracket, children = tree
    if bracket == "[":
        return [plain(child) for child in children]
    return {json.loads(name): plain(child) for name, child in children}


def member(tree, *path):
    for name in path:
        tree = next((child for token, child in tree[1] if json.loads(token) == name), None)
        if tree is None:
            return None
    return tree


def lay_out(tree, layout, level=0):
    if isinstance(tree, str):
        return tree
    bracket, children = tree
    kind, opening, closing = ("Array", "[", "]") if bracket == "[" else ("Object", "{", "}")
    if not children:
        return opening + layout.get("empty" + kind, "") + closing
    kind = kind.lower()
    in_lines = layout.get(kind + "Lines", False)
    inner = level + 1 if in_lines else level
    if bracket == "[":
        parts = [lay_out(child, layout, inner) for child in children]
    else:
        parts = [name + layout.get("colon", ":") + lay_out(child, layout, inner) for name, child in children]
    comma = layout.get(kind + "Comma", ",")
    if not in_lines:
        padding = layout.get(kind + "Padding", "")
        return opening + padding + comma.join(parts) + padding + closing
    newline, indent = layout.get("newline", "\n"), layout.get("indent", "")
    line = newline + indent * inner
    return opening + line + (comma + line).join(parts) + newline + indent * level + closing


def text_body(tree):
    if tree is None:
        return b""
    if (nested := member(tree, "json")) not in (None, "null"):
        layout = plain(member(tree, "layout") or ("{", []))
        return (layout.get("leading", "") + lay_out(nested, layout) + layout.get("trailing", "")).encode()
    if (text := member(tree, "text")) is not None:
        return json.loads(text).encode()
    return base64.b64decode(json.loads(member(tree, "base64")))


# XXH64 with seed 0.

def xxh64(data):
    mask = (1 << 64) - 1
    p1, p2, p3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
    p4, p5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5

    def rotate(value, count):
        return (value << count | value >> (64 - count)) & mask

    def mix(lane, word):
        return rotate((lane + word * p2) & mask, 31) * p1 & mask

    def word(offset, count):
        return int.from_bytes(data[offset:offset + count], "little")

    offset = 0
    if len(data) >= 32:
        lanes = [(p1 + p2) & mask, p2, 0, -p1 & mask]
        while offset <= len(data) - 32:
            lanes = [mix(lane, word(offset + 8 * index, 8)) for index, lane in enumerate(lanes)]
            offset += 32
        digest = sum(rotate(lane, count) for lane, count in zip(lanes, (1, 7, 12, 18))) & mask
        for lane in lanes:
            digest = ((digest ^ mix(0, lane)) * p1 + p4) & mask
    else:
        digest = p5
    digest = (digest + len(data)) & mask
    while offset <= len(data) - 8:
        digest = (rotate(digest ^ mix(0, word(offset, 8)), 27) * p1 + p4) & mask
        offset += 8
    if offset <= len(data) - 4:
        digest = (rotate(digest ^ word(offset, 4) * p1 & mask, 23) * p2 + p3) & mask
        offset += 4
    for octet in data[offset:]:
        digest = rotate(digest ^ octet * p5 & mask, 11) * p1 & mask
    digest = (digest ^ digest >> 33) * p2 & mask
    digest = (digest ^ digest >> 29) * p3 & mask
    return digest ^ digest >> 32


# Entries.

def fields(headers):
    return [(name, value if isinstance(value, bytes) else
             base64.b64decode(value["base64"]) if isinstance(value, dict) else str(value).encode())
            for header in headers or [] for name, value in header.items()]


def read_native(data):
    import cbor2
    version, head_checksum, body_checksum, head, body = cbor2.loads(data)
    assert data[:6] == bytes.fromhex("d9d9f78501 48") and version == 1
    start = len(data) - len(body)
    assert int.from_bytes(head_checksum, "big") == xxh64(data[14:start]), "the head is damaged"
    assert int.from_bytes(body_checksum, "big") == xxh64(body), "the body is damaged"
    times = {name: head[name] for name in ("created", "requested", "received", "expires")}
    return head, times, head["request"].get("body", b""), body


def read_bson(data):
    import bson
    entry = bson.decode(data, bson.codec_options.CodecOptions(tz_aware=True))
    body = entry["body"]["base64"]
    assert entry["fscache"] == 1 and entry["body"]["checksum"] == "xxh64:%016x" % xxh64(body), "the body is damaged"
    times = {name: value if isinstance(value := entry[name], str) else round(value.timestamp() * 1000)
             for name in ("created", "requested", "received", "expires")}
    return entry, times, entry["request"].get("body", {}).get("base64", b""), body


def read_text(tree):
    from datetime import datetime
    entry = {json.loads(name): child if name in ('"body"', '"request"') else plain(child) for name, child in tree[1]}
    request_body, body = text_body(member(tree, "request", "body")), text_body(entry["body"])
    entry["request"] = plain(("{", [pair for pair in entry["request"][1] if pair[0] != '"body"']))
    times = {name: value if (value := entry[name]) == "never" else
             round(datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp() * 1000)
             for name in ("created", "requested", "received", "expires")}
    return entry, times, request_body, body


def read(data, extension):
    head, times, request_body, body = {
        "cbor": read_native,
        "bson": read_bson,
        "json": lambda data: read_text(json_tree(data.decode("utf-8-sig"))),
        "yaml": lambda data: read_text(yaml_tree(data.decode("utf-8-sig"))),
    }[extension](data)
    request = head["request"]
    return {
        "key": head["key"], "method": request["method"], "url": request["url"],
        "requestHeaders": fields(request.get("headers")), "requestBody": request_body,
        "status": head["status"], "reason": head.get("reason", ""),
        "headers": fields(head.get("headers")), "body": body, **times,
    }


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        entry = read(file.read(), sys.argv[1].rpartition(".")[2])
    out = sys.stdout.buffer
    out.write(f"{entry['status']} {entry['reason']}".strip().encode() + b"\n")
    for name, value in entry["headers"]:
        out.write(name.encode() + b": " + value + b"\n")
    out.write(b"\n" + entry["body"])
