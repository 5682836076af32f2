"""
Camera addresses that must not lie open: sealed with a key beside the database, or taken out of text.

An address is open only if it is plainly public: a known form, a public host, no user, password or token. All
others are sealed as a whole, so that a stolen database file without `takhai.key` names no internal host.
"""

import base64
import hashlib
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from data.settings import settings

GONE = "***"
_SECRET_BYTES = 32
_VERSION = b"\x01"  # of the sealed form, should it ever change
# What text must contain for `redact` to find anything; without groups and \s, so that data frames run it in C.
HINT = (
    r"(?i)[@=]|://|[0-9๐-๙x*] ?\[?\.\]? ?[0-9๐-๙x*]|:[^:]*:|pass|pwd|pw|user|usr|log[_ ]?in|account|secret|token"
    r"|api|u/p|admin|root|รหัสผ่าน|ผู้ใช้|พาสเวิร์ด|ยูสเซอร์|localhost|\.local|\.lan|\.int|\.home|\.corp|\.private"
)
_HINT = re.compile(HINT)
# Lengths are bounded everywhere: an unbounded pattern on hostile text takes quadratic time.
_URL_LOGIN = re.compile(r"(://)(?:\S{0,512}|[^/\n]{0,128})@")
_LOGIN = re.compile(r"[^\s:/@,;]{1,64}:(?!//)[^\s@]{1,256}@")
_VALUE = r"""(?:"[^"]{0,256}"|'[^']{0,256}'|\S{1,512})"""
_NAMED = re.compile(
    r"(?i)(?<![a-z])((?:pass(?:word|wd|code|phrase|wort)?|pwd|pw|secret|token|api[_-]?key|user(?:name|[_ ]?id)?|"
    r"usr|log[_ ]?in(?:use|pas|name)?|account|u/p|ชื่อผู้ใช้(?:งาน)?|ผู้ใช้(?:งาน)?|ยูสเซอร์)\s{0,3}[:=]\s{0,3})" + _VALUE
)
_KEYED = re.compile(r"(?i)(?<![a-z])((?:auth|key|sig|signature|session|sid|credential)=)" + _VALUE)
_PASSWORD = re.compile(
    r"(?i)((?<![a-z])(?:password|passwd|passcode|pwd)\s{1,3}(?:is\s)?|(?:รหัสผ่าน|พาสเวิร์ด)\s{0,3}(?:คือ|[:=])?\s{0,3})"
    + _VALUE
)
_ACCOUNT = re.compile(r"(?i)(?<![a-z])(?:admin|administrator|root)[/:|]\S{1,256}")
_NUMBERS = re.compile(
    r"(?<![\w])(?:\d{1,4}|[x*])(?: ?\[?\.\]? ?(?:\d{1,4}|[x*])){3,}(?::\d{1,5})?(?!\w)", re.IGNORECASE
)
_COLONS = re.compile(
    r"(?<![\w:])\[?([0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?:%\w{1,16})?\]?(?![\w:])", re.IGNORECASE
)
_INSIDE = (
    ".local",
    ".localdomain",
    ".localhost",
    ".lan",
    ".internal",
    ".intranet",
    ".home",
    ".home.arpa",
    ".corp",
    ".private",
)
_NAME = re.compile(
    r"(?i)(?<![\w.-])(?:localhost|[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}(?:"
    + "|".join(map(re.escape, _INSIDE))
    + r"))(?::\d{1,5})?(?![\w-])"
)
_PLAIN = re.compile(r"(?:rtsp|http)s?://([a-z0-9.-]{1,255})(?::\d{1,4})?((?:/[a-z0-9._~/-]*)?)", re.IGNORECASE)
_URL_HOST = re.compile(r"(://(?:\*\*\*@)?)(\[[^\]\s]{1,64}\]|[^\s/?#:]{1,255})(?::\d{1,5})?")


def split_address(address: str | None) -> tuple[str | None, bytes | None]:
    """
    Return (open, sealed), of which at most one is given.

    Open is the address itself where anybody may read it; else it is sealed whole: user and password, a host
    that is not public, or a form we cannot read.
    """
    address = (address or "").strip()
    if not address:
        return None, None
    return (address, None) if _is_public(address) else (None, seal(address))


def join_address(open_: str | None, sealed: bytes | None) -> str | None:
    """
    Return the address that `split_address` took apart, for the one who connects.

    Raises
    ------
    ValueError
        If the key is not the one it was sealed with.
    """
    if sealed is None:
        return open_
    try:
        return _cipher().decrypt(sealed[1:13], sealed[13:], sealed[:1]).decode()
    except (InvalidTag, ValueError):
        raise ValueError(
            f"{_key_file().name} does not open this address; put back the key that was beside the database"
        ) from None


def redact(text: str) -> str:
    """Return text without users, passwords, tokens and internal addresses; each is replaced by ***."""
    if not _HINT.search(text):
        return text
    if "@" in text:
        text = _LOGIN.sub(f"{GONE}@", _URL_LOGIN.sub(rf"\1{GONE}@", text))
    text = _NAMED.sub(rf"\1{GONE}", _PASSWORD.sub(rf"\1{GONE}", _KEYED.sub(rf"\1{GONE}", text)))
    text = _URL_HOST.sub(lambda found: found[1] + GONE if _is_internal(found[2]) else found[0], text)
    text = _NAME.sub(GONE, _ACCOUNT.sub(GONE, text))
    text = _COLONS.sub(lambda found: GONE if _is_internal_v6(found[1]) else found[0], text)
    return _NUMBERS.sub(lambda found: GONE if any(map(_is_inside, _fours(found[0]))) else found[0], text)


def seal(text: str) -> bytes:
    """Return text under lock (AES-256-GCM); only the holder of `takhai.key` reads it again."""
    nonce = os.urandom(12)
    return _VERSION + nonce + _cipher().encrypt(nonce, text.encode(), _VERSION)


def digest_key(purpose: str, *, make: bool = True) -> bytes:
    """
    Return a key for keyed digests of one purpose, derived from `takhai.key`.

    Parameters
    ----------
    make
        Whether a missing key file may be made; without it the digests of this call match no stored one.
    """
    file = _key_file()
    secret = _key(file) if make or file.exists() else os.urandom(32)
    return _derived(secret, purpose)


def _key_file() -> Path:
    return settings().var / "takhai.key"


def _cipher() -> AESGCM:
    return _cipher_of(settings().var)


@lru_cache(maxsize=8)
def _cipher_of(var: Path) -> AESGCM:
    return AESGCM(_derived(_key(var / "takhai.key"), "address")[:32])


def _derived(secret: bytes, purpose: str) -> bytes:
    return hashlib.blake2b(purpose.encode(), key=hashlib.blake2b(secret, digest_size=32).digest()).digest()


def _key(file: Path) -> bytes:
    if not file.exists():
        _make_key(file)
    secret = file.read_bytes().strip()
    if len(secret) < _SECRET_BYTES:
        raise ValueError(f"{file} holds no key; put back the one that was beside the database")
    return secret


def _make_key(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}.{os.urandom(4).hex()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as writer:
        writer.write(base64.urlsafe_b64encode(os.urandom(_SECRET_BYTES)))
        writer.flush()
        os.fsync(writer.fileno())
    try:
        os.link(draft, file)  # fails where another process was first: then its key is the key
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _is_public(address: str) -> bool:
    if "@" in address:
        return False
    if (plain := _PLAIN.fullmatch(address)) and _is_harmless(plain[2]):
        return not _is_internal(plain[1])  # most addresses; the rest below costs ten times as much
    # Decoded twice: an address may hide an internal host behind %2E, or %252E.
    decoded = unquote(unquote(address))
    if redact(address) != address or redact(decoded) != decoded:
        return False
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(parts.scheme and host) and not _is_internal(host or "")


@lru_cache(maxsize=4096)  # a fleet has few different paths
def _is_harmless(path: str) -> bool:
    return _HINT.search(path) is None


def _is_internal(host: str) -> bool:
    host = host.strip("[]").rstrip(".").lower()
    if ":" in host:
        return _is_internal_v6(host.partition("%")[0], unreadable=True)
    labels = host.split(".")
    if len(labels) < 2 or "%" in host:
        return True
    if (labels[-1].isalpha() and labels[-1].isascii()) or labels[-1].startswith("xn--"):
        return host.endswith(_INSIDE)
    if len(labels) != 4 or not all(label.isdecimal() for label in labels):
        return True  # 0x7f.1, 10.1 and other spellings of an address that hide which one it is
    return _is_inside([int(label) for label in labels])


def _fours(run: str) -> Iterator[list[int]]:
    # x and * stand for any number, so 10.20.30.x is inside as well.
    numbers = [0 if part in "xX*" else int(part) for part in re.findall(r"\d+|[xX*]", run.partition(":")[0])]
    return (numbers[start : start + 4] for start in range(len(numbers) - 3))


def _is_inside(numbers: list[int]) -> bool:
    if max(numbers) > 255:
        return False
    if numbers[0] in (0, 10, 127) or numbers[:2] == [192, 168]:
        return True
    address = IPv4Address(bytes(numbers))
    return not address.is_global or address.is_multicast


def _is_internal_v6(text: str, unreadable: bool = False) -> bool:
    try:
        address = IPv6Address(text)
    except ValueError:
        return unreadable
    return not address.is_global or address.is_multicast or address.ipv4_mapped is not None
