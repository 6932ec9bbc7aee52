"""Computes cache keys from nothing but the guide "Cache keys": a test of the guide, and a start for a port.

It reads JSON vectors from standard input and prints them with "ingredients", "key" and "variant" computed:

    python3 Examples/cache_key_in_full.py < Fixtures/key-vectors.json
"""

import base64, copy, hashlib, json, re, struct, sys, unicodedata
from urllib.parse import unquote_to_bytes, urlsplit

UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
PATH = UNRESERVED + b"!$&'()*+,;=:@/"
QUERY = PATH + b"?"
QUOTED = rb'"(?:\\.?|[^"\\])*"?'
CREDENTIALS = ["Authorization", "Proxy-Authorization", "X-API-Key", "X-Auth-Token", "X-API-Token", "X-Access-Token",
               "X-Authorization", "X-Goog-Api-Key", "X-Amz-Security-Token", "Ocp-Apim-Subscription-Key",
               "Private-Token", "Session-Token", "Api-Key", "access_token", "api_key", "apikey"]
OVERRIDES = [b"x-http-method-override", b"x-http-method", b"x-method-override"]
ORDERED = [b"accept", b"accept-language"]
UNORDERED = [b"a-im", b"accept-charset", b"accept-encoding", b"access-control-request-headers", b"cache-control",
             b"connection", b"if-match", b"if-none-match", b"pragma", b"te", b"trailer"]
JSON = [b"application/json", b"text/json", b"text/x-json", b"application/x-json"]
JSON_LINES = [b"application/x-ndjson", b"application/ndjson", b"application/jsonl", b"application/x-jsonlines",
              b"application/jsonlines", b"application/json-lines", b"text/jsonl", b"text/x-ndjson"]


class Rules:
    """Which values are left out of the key, and which enter it as their digests."""

    def __init__(self, settings):
        names = lambda key, default: {name.encode().lower() for name in settings.get(key, default)}
        self.ignored = names("ignoredParameters", [])
        self.credentials = names("credentialParameters", CREDENTIALS)
        self.separate = settings.get("credentials", "separate") == "separate"
        self.root = settings["contentRootKey"].encode().lower() if "contentRootKey" in settings else None
        matched = settings.get("matchHeaders") or []
        self.matched = matched if matched is True else {name.encode().lower() for name in matched}
        self.urls = settings.get("urlMatching", "sortedQuery")

    def is_credential(self, name, own=None):
        """Whether a name, or a part of its own name if that is another text, is that of a credential."""
        return name in self.credentials or any(
            part in self.credentials for part in re.split(rb"[.\[\]]", name if own is None else own))

    def omits(self, name, own=None):
        return name in self.ignored or (not self.separate and self.is_credential(name, own))

    def digests(self, name, own=None):
        return self.is_credential(name, own) and not self.omits(name, own)

    def of_fields(self):
        """The same rules for names of header fields in the form in which they are compared."""
        rules = copy.copy(self)
        rules.ignored, rules.credentials = map(field_names, (self.ignored, self.credentials))
        rules.matched = self.matched if self.matched is True else field_names(self.matched)
        return rules

    def settles(self, name):
        return name in self.ignored | self.credentials or (self.matched is not True and name in self.matched)


def field_names(names):
    return {re.sub(rb"[^a-z0-9]", b"-", name) for name in names}


def digest(value):
    return b"#" + hashlib.sha256(value).hexdigest().encode()


def frame(parts):
    return b"".join(tag.encode() + struct.pack(">Q", len(content)) + content for tag, content in parts)


def escape(octets, plain):
    def one(match):
        octet = bytes.fromhex(match[1].decode()) if match[1] else match[0]
        return octet if octet in (UNRESERVED if match[1] else plain) else b"%%%02X" % octet[0]
    return re.sub(rb"(?s)%([0-9A-Fa-f]{2})|.", one, octets)


def unescape_form(octets):
    return unquote_to_bytes(octets.replace(b"+", b" "))


def parameters(octets, rules, write, is_sorted):
    pieces = [piece.partition(b"=") for piece in octets.split(b"&") if piece or not is_sorted]
    kept = []
    for name, equals, value in pieces:
        plain = unescape_form(name).lower()
        if not rules.omits(plain):
            value = write(value)
            kept.append((write(name), equals, digest(value) if equals and rules.digests(plain) else value))
    if is_sorted:
        kept.sort(key=lambda piece: piece[0])
    return b"&".join(map(b"".join, kept)) if kept or not pieces else None


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


def url(text, rules):
    pieces = urlsplit(text)
    address, _, port = re.fullmatch(r"(\[.*\]|[^:]*)(:(\d*))?", pieces.netloc.rpartition("@")[2]).groups()
    authority = address.lower() if address.startswith("[") else host(address)
    if port and int(port) != {"http": 80, "https": 443}[pieces.scheme]:
        authority += f":{int(port)}"
    origin, is_verbatim = f"{pieces.scheme}://{authority}".encode(), rules.urls == "verbatim"
    target = path(pieces.path.encode()) if not is_verbatim or not pieces.path else pieces.path.encode()
    if "?" not in text.partition("#")[0]:
        return origin + target
    query = parameters(pieces.query.encode(), rules, (lambda octets: octets) if is_verbatim else (
        lambda octets: escape(octets, QUERY)), rules.urls == "sortedQuery")
    return origin + target + (b"" if query is None else b"?" + query)


def field_value(name, headers):
    joined = (b"; " if name == b"cookie" else b", ").join(value for each, value in headers if each == name)
    elements = [b""]
    for token in re.findall(QUOTED + rb'|,|[^",]+', joined):
        if token == b",":
            elements.append(b"")
        elif name in UNORDERED + ORDERED and not token.startswith(b'"'):
            elements[-1] += re.sub(rb" ?; ?", b";", re.sub(rb"[ \t]+", b" ", token.lower()))
        else:
            elements[-1] += token
    elements = [element.strip(b" \t") for element in elements]
    if name in UNORDERED + ORDERED:
        elements = list(filter(None, elements))
    return b", ".join(sorted(elements) if name in UNORDERED else elements)


def parameter(name, value):
    for match in re.finditer(rb';[ \t]*([^=; \t]+)[ \t]*=[ \t]*("(?:\\.|[^"\\])*"|[^;]*)', value):
        if match[1].lower() == name:
            text = match[2].strip(b" \t")
            return re.sub(rb"\\(.)", rb"\1", text[1:-1]) if text.startswith(b'"') else text


class Members(list):
    pass


class Number(str):
    pass


# In a list of names: the members below are inside of a secret value, and stay as they are.
SECRET = b"\0"


def canonical_json(body, rules):
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
            path = b".".join(name for name in inner if name is not None)
            # Ignored names are relative to the content root.
            relative = path if rules.root is None else (
                path[len(rules.root) + 1:] if path.startswith(rules.root + b".") else b"")
            is_digested = relative in rules.credentials or rules.is_credential(path, inner[-1])
            is_omitted = relative in rules.ignored or (is_digested and not rules.separate)
            member = write(name, names) + b":", write(item, inner if not (is_omitted or is_digested) else [*inner, SECRET])
            if is_digested and not is_omitted and SECRET not in names:
                member = member[0], digest(member[1])
            if not is_omitted or SECRET in names:
                members.append(member)
        return b"{" + b",".join(map(b"".join, sorted(members, key=lambda member: member[0][1:-2]))) + b"}"

    value = json.loads(body.decode(), object_pairs_hook=Members, parse_int=Number, parse_float=Number,
                       parse_constant=refuse)
    return write(value, [])


def multipart(body, boundary, rules):
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
        name = b"" if name is None else name.lower()
        if not rules.omits(name):
            parts += [("H", name + b":" + value) for name, value in fields]
            parts.append(("S", digest(rest[2:])) if rules.digests(name) else ("C", rest[2:]))
    return None


def body_part(body, headers, rules):
    content_type = b", ".join(value for name, value in headers if name == b"content-type")
    coding = b", ".join(value for name, value in headers if name == b"content-encoding")
    media_type, boundary = content_type.split(b";")[0].strip(b" \t").lower(), parameter(b"boundary", content_type)
    if coding.lower() not in (b"", b"identity"):
        return "B", body
    if media_type in JSON + JSON_LINES or media_type.endswith(b"+json"):
        try:
            if len(body) <= 10 * 1024 * 1024:
                text = body.removeprefix(b"\xef\xbb\xbf")
                if media_type not in JSON_LINES:
                    return "J", canonical_json(text, rules)
                return "J", b"".join(canonical_json(line, rules) + b"\n" for line in text.split(b"\n") if line.strip())
        except (ValueError, RecursionError):
            pass
    elif media_type == b"application/x-www-form-urlencoded":
        return "F", parameters(body, rules, lambda octets: b"".join(
            bytes([octet]) if octet in UNRESERVED else b"%%%02X" % octet for octet in unescape_form(octets)),
            rules.urls == "sortedQuery")
    elif media_type.startswith(b"multipart/") and boundary is not None:
        content = multipart(body, boundary, rules)
        if content is not None:
            return "P", content
    return "B", body


def fields(headers, authority, rules):
    rules = rules.of_fields()
    for name in sorted({name for name, _ in headers}):
        value, (compared,) = field_value(name, headers), field_names([name])
        if rules.matched is not True and compared in rules.matched:
            is_digested = compared in rules.ignored | rules.credentials
        elif compared in OVERRIDES or (name == b"host" and value != authority):
            is_digested = False
        elif name == b"host" or rules.omits(compared, b"") or not (
                rules.matched is True or rules.digests(compared, b"")):
            continue
        else:
            is_digested = rules.digests(compared, b"")
        yield ("S", name + b":" + digest(value)) if is_digested else ("H", name + b":" + value)


def ingredients(request, settings):
    rules = Rules(settings)
    headers = [(name.lower().encode(), value.encode()) for name, value in request.get("headers", [])]
    user = urlsplit(request["url"]).netloc.rpartition("@")[0]
    if user and b"authorization" not in dict(headers):
        pair = unquote_to_bytes(user if ":" in user else user + ":")
        headers.append((b"authorization", b"Basic " + base64.b64encode(pair)))
    body = base64.b64decode(request["bodyBase64"]) if "bodyBase64" in request else request.get("body", "").encode()
    target = url(request["url"], rules)
    parts = [("M", request.get("method", "GET").encode()), ("U", target)]
    if settings.get("isTLSVerificationDisabled"):
        parts.append(("T", b""))
    parts += fields(headers, urlsplit(target).netloc, rules)
    tag, content = body_part(body, headers, rules)
    return parts + ([(tag, content)] if content else [])


def key_of(parts):
    digest_of = lambda parts: hashlib.sha256(b"request/2" + frame(parts)).digest()
    return digest_of(parts[:2])[:4] + digest_of(parts)[4:]


def variant(key, vary, request, settings):
    rules = Rules(settings)
    headers = [(name.lower().encode(), value.encode()) for name, value in request.get("headers", [])]
    parts = [("K", key)]
    for name in sorted({name.lower().encode() for name in vary}):
        if rules.of_fields().settles(*field_names([name])):
            continue
        if name in [each for each, _ in headers]:
            parts.append(("H", name + b":" + field_value(name, headers)))
        else:
            parts.append(("A", name))
    return key[:4] + hashlib.sha256(b"variant/2" + frame(parts)).digest()[4:]


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
        key = key_of(parts)
        vector["ingredients"] = [readable(*part) for part in parts]
        vector["key"] = key.hex()
        if "vary" in vector:
            vector["variant"] = variant(key, vector["vary"], vector["request"], vector.get("settings", {})).hex()
    json.dump(vectors, sys.stdout, ensure_ascii=False, indent=1)
    print()
