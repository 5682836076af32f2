"""One-time sign-in links and signed-in browsers; only SHA-256 digests of what a browser holds are stored."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlmodel import col, select

from data.database import Database
from data.models import SignIn, SignInLink

LINK_LIFE = timedelta(minutes=15)
SIGN_IN_LIFE = timedelta(days=30)  # absolute: use does not lengthen it
_KEPT_AFTER = timedelta(days=30)  # rows that can no longer sign anybody in stay this long
_SECRET_BYTES = 32
_SECRET_LETTERS = 43  # of _SECRET_BYTES in URL-safe base 64


def new_link(db: Database, at: datetime) -> str:
    """Return a fresh token that signs one browser in once within `LINK_LIFE`."""
    token = secrets.token_urlsafe(_SECRET_BYTES)
    with db.write() as session:
        session.execute(delete(SignInLink).where(col(SignInLink.expires_at) < at - _KEPT_AFTER))
        session.execute(delete(SignIn).where(col(SignIn.expires_at) < at - _KEPT_AFTER))
        session.add(SignInLink(token_hash=_digest(token), expires_at=at + LINK_LIFE))
    return token


def use_link(db: Database, token: str, at: datetime) -> str | None:
    """Trade a token for a cookie; None if it is wrong, used or expired. Of several at once one wins."""
    if not _plausible(token):
        return None
    unused = (
        update(SignInLink)
        .where(
            col(SignInLink.token_hash) == _digest(token),
            col(SignInLink.used_at).is_(None),
            col(SignInLink.expires_at) > at,
        )
        .values(used_at=at)
        .returning(col(SignInLink.token_hash))
    )
    cookie = secrets.token_urlsafe(_SECRET_BYTES)
    with db.write() as session:
        if session.execute(unused).first() is None:
            return None
        session.add(SignIn(id_hash=_digest(cookie), began_at=at, expires_at=at + SIGN_IN_LIFE))
    return cookie


def is_signed_in(db: Database, cookie: str, at: datetime) -> bool:
    """Say whether a browser's cookie stands for a sign-in that has neither ended nor expired."""
    if not _plausible(cookie):
        return False
    standing = select(SignIn.id_hash).where(
        SignIn.id_hash == _digest(cookie), col(SignIn.ended_at).is_(None), SignIn.expires_at > at
    )
    with db.read() as session:
        return session.exec(standing).first() is not None


def sign_out(db: Database, cookie: str, at: datetime) -> None:
    """End a sign-in; one that has ended or never was stays as it is."""
    ended = update(SignIn).where(col(SignIn.id_hash) == _digest(cookie), col(SignIn.ended_at).is_(None))
    with db.write() as session:
        session.execute(ended.values(ended_at=at))


def _plausible(secret: str) -> bool:
    # Anything else cannot be ours, so junk costs no look-up.
    return len(secret) == _SECRET_LETTERS and secret.isascii()


def _digest(secret: str) -> str:
    # A plain digest is enough: the secrets are 256 random bits, so there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()
