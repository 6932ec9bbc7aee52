"""Computes cache keys from nothing but the guide "Cache keys": a test of the guide, and a start for a port.

It reads JSON vectors from standard input and prints them with "ingredients", "key" and "variant" computed:

    python3 Examples/cache_key_in_full.py < Fixtures/key-vectors.json
"""

import base64, hashlib, json, re, struct, sys, unicodedata
from urllib.parse import unquote_to_bytes, urlsplit

UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
PATH = UNRESERVED + b"!$&'()*+,;=:@/"
QUERY = PATH + b"?"
QUOTED = rb'"(?:\\.?|[^"\\])*"?'
IGNORED = ["Authorization", "Proxy-Authorization", "X-API-Key", "X-Auth-Token", "X-API-Token", "X-Access-Token",
           "access_token", "api_key", "apikey"]
UNORDERED = [b"a-im", b"accept", b"accept-charset", b"accept-encoding", b"accept-language",
             b"access-control-request-headers", b"cache-control", b"connection", b"if-match", b"if-none-match",
             b"pragma", b"te", b"trailer"]


def frame(parts):
    return b"".join(tag.encode() + struct.pack(">Q", len(content)) + content for tag, content in parts)


def escape(octets, plain):
    def one(match):
        octet = bytes.fromhex(match[1].decode()) if match[1] else match[0]
        return octet if octet in (UNRESERVED if match[1] else plain) else b"%%%02X" % octet[0]
    return re.sub(rb"(?s)%([0-9A-Fa-f]{2})|.", one, octets)


def unescape_form(octets):
    return unquote_to_bytes(octets.replace(b"+", b" "))


def parameters(octets, ignored, write):
    pieces = [piece.partition(b"=") for piece in octets.split(b"&") if piece]
    kept = [(write(name), equals, write(value)) for name, equals, value in pieces
            if unescape_form(name).lower() not in ignored]
    return b"&".join(map(b"".join, sorted(kept, key=lambda piece: piece[0])))


def host(text):
    name = re.sub("[\u00ad\u200b\u2060\ufeff\ufe00-\ufe0f]", "", unquote_to_bytes(text).decode())
    name = "".join(letter.lower() for letter in unicodedata.normalize("NFKC", name))
    labels = unicodedata.normalize("NFKC", name).replace("\u3002", ".").split(".")
    return ".".join(each if each.isascii() else "xn--" + each.encode("punycode").decode() for each in labels)


def path(octets):
    segments, kept = escape(octets or b"/", PATH).split(b"/")[1:], []
    for segment in segments:
        if segment == b"..":
            kept = kept[:-1]
        elif segment != b".":
            kept.append(segment)
    return b"/" + b"/".join(kept + [b""] if segments[-1] in (b".", b"..") else kept)


def url(text, ignored):
    pieces = urlsplit(text)
    address, _, port = re.fullmatch(r"(\[.*\]|[^:]*)(:(\d*))?", pieces.netloc.rpartition("@")[2]).groups()
    authority = address.lower() if address.startswith("[") else host(address)
    if port and int(port) != {"http": 80, "https": 443}[pieces.scheme]:
        authority += f":{int(port)}"
    query = parameters(pieces.query.encode(), ignored, lambda octets: escape(octets, QUERY))
    return f"{pieces.scheme}://{authority}".encode() + path(pieces.path.encode()) + (b"?" + query if query else b"")


def field_value(name, headers):
    joined = (b"; " if name == b"cookie" else b", ").join(value for each, value in headers if each == name)
    elements = [b""]
    for token in re.findall(QUOTED + rb'|,|[^",]+', joined):
        if token == b",":
            elements.append(b"")
        elif name in UNORDERED and not token.startswith(b'"'):
            elements[-1] += re.sub(rb" ?; ?", b";", re.sub(rb"[ \t]+", b" ", token.lower()))
        else:
            elements[-1] += token
    elements = [element.strip(b" \t") for element in elements]
    return b", ".join(sorted(filter(None, elements)) if name in UNORDERED else elements)


def parameter(name, value):
    for match in re.finditer(rb';[ \t]*([^=; \t]+)[ \t]*=[ \t]*("(?:\\.|[^"\\])*"|[^;]*)', value):
        if match[1].lower() == name:
            text = match[2].strip(b" \t")
            return re.sub(rb"\\(.)", rb"\1", text[1:-1]) if text.startswith(b'"') else text


class Members(list):
    pass


class Number(str):
    pass


def canonical_json(body, ignored, root):
    def refuse(word):
        raise ValueError(word)

    def write(value, names):
        depth = len(names) + 1
        if isinstance(value, Number):
            return value.encode()
        if not isinstance(value, list):
            return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
        if depth > 512:
            raise ValueError("nested too deep")
        if not isinstance(value, Members):
            return b"[" + b",".join(write(item, names + [None]) for item in value) + b"]"
        members = []
        for name, item in value:
            inner = names + [name.encode("utf-8", "surrogatepass").lower()]
            member = write(name, names) + b":", write(item, inner)
            if not is_ignored(b".".join(name for name in inner if name is not None)):
                members.append(member)
        return b"{" + b",".join(map(b"".join, sorted(members, key=lambda member: member[0][1:-2]))) + b"}"

    def is_ignored(path):
        return path in ignored if root is None else (
            path.startswith(root + b".") and path[len(root) + 1:] in ignored)

    value = json.loads(body.decode(), object_pairs_hook=Members, parse_int=Number, parse_float=Number,
                       parse_constant=refuse)
    return write(value, [])


def multipart(body, boundary, ignored):
    if not 1 <= len(boundary) <= 70:
        return None
    delimiter, parts = rb"\r\n--" + re.escape(boundary) + rb"(?=--|[ \t]*\r\n)", []
    for section in re.split(delimiter, b"\r\n" + body)[1:]:
        if section.startswith(b"--"):
            return frame(parts)
        rest = section.partition(b"\r\n")[2]
        fields = []
        while not rest.startswith(b"\r\n"):
            line, found, rest = rest.partition(b"\r\n")
            name, colon, value = line.partition(b":")
            if not (found and name and colon):
                return None
            fields.append((name.lower(), value.strip(b" \t")))
        fields.sort(key=lambda field: field[0])
        name = parameter(b"name", dict(reversed(fields)).get(b"content-disposition", b""))
        if name is None or name.lower() not in ignored:
            parts += [("H", name + b":" + value) for name, value in fields] + [("C", rest[2:])]
    return None


def body_part(body, content_type, ignored, root):
    media_type, boundary = content_type.split(b";")[0].strip(b" \t").lower(), parameter(b"boundary", content_type)
    if media_type == b"application/json" or media_type.endswith(b"+json"):
        try:
            if len(body) <= 10 * 1024 * 1024:
                return "J", canonical_json(body, ignored, root)
        except (ValueError, RecursionError):
            pass
    elif media_type == b"application/x-www-form-urlencoded":
        return "F", parameters(body, ignored, lambda octets: b"".join(
            bytes([octet]) if octet in UNRESERVED else b"%%%02X" % octet for octet in unescape_form(octets)))
    elif media_type.startswith(b"multipart/") and boundary is not None:
        content = multipart(body, boundary, ignored)
        if content is not None:
            return "P", content
    return "B", body


def ingredients(request, settings):
    ignored = {name.encode().lower() for name in settings.get("ignoredParameters", IGNORED)}
    root = settings["contentRootKey"].encode().lower() if "contentRootKey" in settings else None
    headers = [(name.lower().encode(), value.encode()) for name, value in request.get("headers", [])]
    body = base64.b64decode(request["bodyBase64"]) if "bodyBase64" in request else request.get("body", "").encode()
    parts = [("M", request.get("method", "GET").encode()), ("U", url(request["url"], ignored))]
    if settings.get("isTLSVerificationDisabled"):
        parts.append(("T", b""))
    matched = settings.get("matchHeaders") or []
    for name in sorted({name for name, _ in headers} - ignored):
        if matched is True or name in [each.lower().encode() for each in matched]:
            parts.append(("H", name + b":" + field_value(name, headers)))
    content_type = b", ".join(value for name, value in headers if name == b"content-type")
    tag, content = body_part(body, content_type, ignored, root)
    return parts + ([(tag, content)] if content else [])


def variant(key, vary, request, settings):
    headers = [(name.lower().encode(), value.encode()) for name, value in request.get("headers", [])]
    parts = [("K", key)]
    for name in sorted({name.lower().encode() for name in vary}):
        present = name in [each for each, _ in headers]
        if present and name in [each.lower().encode() for each in settings.get("ignoredParameters", IGNORED)]:
            return None
        parts.append(("H", name + b":" + field_value(name, headers)) if present else ("A", name))
    return key[:2] + hashlib.sha256(b"variant/1" + frame(parts)).digest()[2:]


def readable(tag, content):
    try:
        return {"tag": tag, "text": content.decode()}
    except ValueError:
        return {"tag": tag, "base64": base64.b64encode(content).decode()}


if __name__ == "__main__":
    sys.setrecursionlimit(10_000)
    vectors = json.load(sys.stdin)
    for vector in vectors:
        parts = ingredients(vector["request"], vector.get("settings", {}))
        key = hashlib.sha256(b"request/1" + frame(parts)).digest()
        vector["ingredients"] = [readable(*part) for part in parts]
        vector["key"] = key.hex()
        if "vary" in vector:
            found = variant(key, vector["vary"], vector["request"], vector.get("settings", {}))
            vector["variant"] = found.hex() if found else None
    json.dump(vectors, sys.stdout, ensure_ascii=False, indent=1)
    print()
