"""User and password as a camera asks for them: Basic and Digest, the same over HTTP and RTSP."""

import base64
import hashlib
import re
import secrets

from worker.reach.network import Target

_FIELD = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')


def authorization(challenges: list[str], method: str, uri: str, target: Target, *, count: int = 1) -> str | None:
    """
    Header that answers a camera's WWW-Authenticate headers; None where there is no answer.

    Digest (RFC 7616 with MD5 or SHA-256, with and without qop=auth) is taken before Basic. `count` is how often
    these challenges have been answered, this time included: cameras refuse a number they have seen.
    """
    if target.user is None:
        return None
    for challenge in challenges:
        kind, _, rest = challenge.strip().partition(" ")
        if kind.lower() == "digest" and (answer := _digest(_fields(rest), method, uri, target, count)):
            return answer
    if any(challenge.strip().lower().startswith("basic") for challenge in challenges):
        pair = f"{target.user}:{target.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"
    return None


def _fields(text: str) -> dict[str, str]:
    return {name.lower(): quoted or plain for name, quoted, plain in _FIELD.findall(text)}


def is_stale(challenges: list[str]) -> bool:
    """Whether a camera refuses only the age of its nonce, not the password."""
    return any(_fields(one).get("stale", "").lower() == "true" for one in challenges)


def _digest(asked: dict[str, str], method: str, uri: str, target: Target, count: int) -> str | None:
    algorithm = asked.get("algorithm", "MD5").upper()
    if algorithm not in ("MD5", "SHA-256") or "nonce" not in asked or target.user is None:
        return None

    def digest(text: str) -> str:
        # MD5 is the camera's choice, not ours; it guards nothing but the sign-in it was asked for.
        made = (
            hashlib.md5(text.encode(), usedforsecurity=False)
            if algorithm == "MD5"
            else hashlib.sha256(text.encode())
        )
        return made.hexdigest()

    realm, nonce = asked.get("realm", ""), asked["nonce"]
    who, what = digest(f"{target.user}:{realm}:{target.password}"), digest(f"{method}:{uri}")
    fields = {"username": target.user, "realm": realm, "nonce": nonce, "uri": uri}
    if "auth" in [one.strip() for one in asked.get("qop", "").split(",")]:
        client = secrets.token_hex(8)
        response = digest(f"{who}:{nonce}:{count:08x}:{client}:auth:{what}")
        extra = f', qop=auth, nc={count:08x}, cnonce="{client}"'
    else:
        response, extra = digest(f"{who}:{nonce}:{what}"), ""
    if "opaque" in asked:
        fields["opaque"] = asked["opaque"]
    quoted = ", ".join(f'{name}="{value}"' for name, value in fields.items())
    return f'Digest {quoted}, response="{response}", algorithm={algorithm}{extra}'
