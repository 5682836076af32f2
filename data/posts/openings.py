"""When checkpoints were open: a dated status with its source, only ever added to."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from data.cells import BUDDHIST_FROM, BUDDHIST_YEARS
from data.database import Database
from data.models import Checkpoint
from data.posts.lanes import check_name, checkpoint_of, word
from data.posts.tables import CheckpointOpening, OpenStatus

NOTE_MOST = 300
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Opening:
    """From when a checkpoint was open or not; `from_at` and `by` are None for what shipped without them."""

    checkpoint: str  # code
    status: OpenStatus
    from_at: datetime | None
    note: str = ""
    source: str = ""
    by: str | None = None
    written_at: datetime | None = None


def set_opening(
    db: Database, checkpoint: str, status: str, from_at: datetime, *, note: str, source: str, by: str, at: datetime
) -> None:
    """
    Write down that a checkpoint was open, or not, from a time on.

    Raises
    ------
    ValueError
        If the checkpoint or the status is unknown, the time is to come or of the Buddhist era, or no name or
        source is given; then nothing is written.
    """
    kind, name = word(OpenStatus, status, f"the opening of {checkpoint}"), check_name(by)
    said = from_at.date().isoformat()
    if from_at.year >= BUDDHIST_FROM:
        raise ValueError(
            f"the opening of {checkpoint} is dated in our era, got {said}; {from_at.year} is a Buddhist year: "
            f"write {from_at.year - BUDDHIST_YEARS}"
        )
    if from_at > at:
        raise ValueError(
            f"the opening of {checkpoint} is written down once it holds, got {said}, which is to come; "
            "write it then, or choose an earlier date"
        )
    if from_at < EARLIEST:
        raise ValueError(f"the opening of {checkpoint} begins after {EARLIEST.year}, got {said}; check the year")
    if not source.strip():
        raise ValueError(f"the opening of {checkpoint} needs its source, got none; name who announced it")
    for what, text in (("note", note), ("source", source)):
        if len(text) > NOTE_MOST:
            raise ValueError(
                f"the {what} of the opening of {checkpoint} has {len(text)} letters; shorten it to {NOTE_MOST}"
            )
    with db.write() as session:
        post = checkpoint_of(session, checkpoint)
        assert post.id is not None
        session.add(
            CheckpointOpening(
                checkpoint_id=post.id,
                status=kind,
                from_at=from_at,
                note=note.strip(),
                source=source.strip(),
                by=name,
                written_at=at,
            )
        )


def history(db: Database, checkpoint: str) -> list[Opening]:
    """Return all that was ever written of a checkpoint's opening, the last that holds first; what shipped last."""
    with db.read() as session:
        return _history(session, checkpoint_of(session, checkpoint))


def openings_at(db: Database, at: datetime) -> dict[str, Opening]:
    """Return what held at a time, by code of the checkpoint."""
    with db.read() as session:
        posts = session.exec(select(Checkpoint)).all()
        found = {post.code: _shipped(post) for post in posts}
        code = {post.id: post.code for post in posts}
        query = (
            select(CheckpointOpening)
            .where(col(CheckpointOpening.from_at) <= at)
            .order_by(col(CheckpointOpening.from_at), col(CheckpointOpening.id))
        )
        for row in session.exec(query):
            found[code[row.checkpoint_id]] = _opening(row, code[row.checkpoint_id])
    return found


def opening_changes(
    db: Database, checkpoint: str, begin: datetime, end: datetime
) -> list[tuple[datetime, OpenStatus]]:
    """Return (from, status) in their order: what held at `begin`, and each change before `end`."""
    told = [(one.from_at or EARLIEST, one.status) for one in reversed(history(db, checkpoint))]
    before = [status for from_at, status in told if from_at <= begin]
    return [
        (begin, before[-1] if before else told[0][1]),
        *((from_at, status) for from_at, status in told if begin < from_at < end),
    ]


def _history(session: Session, post: Checkpoint) -> list[Opening]:
    query = (
        select(CheckpointOpening)
        .where(CheckpointOpening.checkpoint_id == post.id)
        .order_by(col(CheckpointOpening.from_at).desc(), col(CheckpointOpening.id).desc())
    )
    return [*(_opening(row, post.code) for row in session.exec(query)), _shipped(post)]


def _shipped(post: Checkpoint) -> Opening:
    on = post.opening_on
    from_at = datetime(on.year, on.month, on.day, tzinfo=UTC) if on else None
    return Opening(post.code, OpenStatus(post.opening), from_at)


def _opening(row: CheckpointOpening, code: str) -> Opening:
    return Opening(code, row.status, row.from_at, row.note, row.source, row.by, row.written_at)
