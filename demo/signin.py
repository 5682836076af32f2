"""Sign-in at a simulated camera that wants one: Basic (RFC 7617) or Digest with MD5 (RFC 7616)."""

import base64
import re
from hashlib import md5
from hmac import compare_digest

from demo.faults import FaultKind
from demo.messages import Request, reply

USER, PASSWORD = "viewer", "p:a ss"
_REALM, _NONCE = "camera", "5ca1ab1e"
_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


def is_welcome(request: Request, kind: FaultKind) -> bool:
    """Whether a camera with this fault answers the request; OPTIONS it always does."""
    if request.is_rtsp and request.method == "OPTIONS":
        return True
    given = request.headers.get("authorization", "")
    if kind is FaultKind.BASIC:
        right = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return compare_digest(given, f"Basic {right}")
    return kind is not FaultKind.UNAUTHORISED and (kind is not FaultKind.DIGEST or _digested(request, given))


def unauthorised(request: Request, kind: FaultKind) -> bytes:
    """Say that a user and password are wanted."""
    wanted = f'Digest realm="{_REALM}", nonce="{_NONCE}", algorithm=MD5, qop="auth"'
    if kind is FaultKind.BASIC:
        wanted = f'Basic realm="{_REALM}"'
    return reply(request, 401, WWW_Authenticate=wanted)


def _digested(request: Request, given: str) -> bool:
    fields = {name: quoted or plain for name, quoted, plain in _FIELD.findall(given.removeprefix("Digest "))}
    if not given.startswith("Digest ") or fields.get("nonce") != _NONCE or fields.get("username") != USER:
        return False
    who = _md5(f"{USER}:{_REALM}:{PASSWORD}")
    what = _md5(f"{request.method}:{fields.get('uri', '')}")
    parts = [who, _NONCE, what]
    if "qop" in fields:
        parts = [who, _NONCE, fields.get("nc", ""), fields.get("cnonce", ""), fields["qop"], what]
    return compare_digest(fields.get("response", ""), _md5(":".join(parts)))


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
