"""python3 cache_key.py URL [METHOD [MEDIA-TYPE BODY]]: the key of a request, as in the guide "Cache keys"."""
import hashlib, re, struct, sys
from urllib.parse import unquote_to_bytes, urlsplit

CREDENTIAL = re.compile(
    rb"(^|[.[\]])(authorization|proxy-authorization|x-api-key|x-auth-token|x-api-token|x-access-token|x-authorization"
    rb"|x-goog-api-key|x-amz-security-token|ocp-apim-subscription-key|private-token|session-token|api-key|access_token"
    rb"|api_key|apikey)([.[\]]|$)")
UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
PATH = UNRESERVED + b"!$&'()*+,;=:@/"

def escape(text, plain):
    octet = lambda it: bytes.fromhex(it[1].decode()) if it[1] else it[0]
    return re.sub(rb"(?s)%([0-9A-Fa-f]{2})|.", lambda it: octet(it) if octet(it) in (
        UNRESERVED if it[1] else plain) else b"%%%02X" % octet(it)[0], text)

def parameters(text, ignored, decode, write):
    pieces = [piece.partition(b"=") for piece in text.split(b"&") if piece]
    if any(CREDENTIAL.search(decode(name).lower()) for name, _, _ in pieces): raise ValueError("see cache_key_in_full.py")
    return b"&".join(map(b"".join, sorted([(write(name), equals, write(value)) for name, equals, value in pieces
        if decode(name).lower() not in ignored], key=lambda piece: piece[0])))

def cache_key(url, method="GET", media_type="", body=b"", ignored=()):
    parts, path, kind = urlsplit(url), [b""], media_type.split(";")[0].strip().lower()
    host = re.fullmatch(r"(?a)(\[[\da-f:.]+\]|[\w.~!$&'()*+,;=-]+):?(\d*)", parts.netloc.rpartition("@")[2].lower())
    if not host or "@" in parts.netloc or re.search(r"json|multipart/", kind): raise ValueError("see cache_key_in_full.py")
    for segment in (segments := escape(parts.path.encode() or b"/", PATH).split(b"/")[1:]):
        path = path[:-1] or path if segment == b".." else path + [segment] * (segment != b".")
    port = f":{int(host[2])}" if host[2] and int(host[2]) != {"http": 80, "https": 443}[parts.scheme] else ""
    decode = lambda text: unquote_to_bytes(text.replace(b"+", b" "))
    query = parameters(parts.query.encode(), ignored, decode, lambda text: escape(text, PATH + b"?"))
    target = b"/".join(path + [b""] * (segments[-1] in (b".", b".."))) + (
        b"?" + query if query or ("?" in url.partition("#")[0] and not parts.query.strip("&")) else b"")
    if (is_form := kind == "application/x-www-form-urlencoded"):
        body = parameters(body, ignored, decode, lambda text: escape(decode(text).replace(b"%", b"%25"), UNRESERVED))
    ingredients = [b"M" + method.encode(), b"U" + f"{parts.scheme}://{host[1]}{port}".encode() + target]
    ingredients += [(b"F" if is_form else b"B") + body] if body else []
    digest = lambda parts: hashlib.sha256(b"request/2" + b"".join(
        each[:1] + struct.pack(">Q", len(each) - 1) + each[1:] for each in parts)).hexdigest()
    return digest(ingredients[:2])[:8] + digest(ingredients)[8:]

if __name__ == "__main__": print(cache_key(*sys.argv[1:4], *(body.encode() for body in sys.argv[4:])))
