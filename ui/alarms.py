"""What has to be acted on, as rows: what it is, where it stands, since when, who has it; told by sign and word."""

from datetime import datetime, timedelta
from html import escape

from data.models import Status
from data.watch import alarms, incidents
from data.watch.alarm_rules import Rule, State
from data.watch.alarms import Shown, Waiting
from data.watch.journal import is_watching
from ui import cache, cards, glyphs
from ui.words import moment, pick, span, t

OPEN = (State.UNACKNOWLEDGED, State.RETURNED, State.ACKNOWLEDGED)  # what is shown unless asked otherwise
PRIORITIES = (1, 2, 3)
MOST = 500
_SIGNS = {
    State.UNACKNOWLEDGED: "●", State.RETURNED: "○", State.ACKNOWLEDGED: "✓", State.SHELVED: "‖", State.GONE: "–",
}  # fmt: skip


def row(alarm: Shown, at: datetime) -> str:
    """Return an alarm as a row of the list, as HTML."""
    where = f"{state_word(alarm)}" + (f" · {escape(alarm.assignee)}" if alarm.assignee else "")
    ended_at = alarm.returned_at if alarm.state is State.GONE else None
    age = span(max((ended_at or at) - alarm.raised_at, timedelta(0)))
    return (
        f'<div class="alarm p{alarm.priority} {alarm.state}">{glyphs.html(_glyph(alarm))}'
        f'<div><b title="{escape(title(alarm))}">{_title(alarm)}</b><small>{escape(what(alarm))}</small></div>'
        f'<div><span class="priority">{escape(t(f"alarms.priority_{alarm.priority}"))}</span></div>'
        f"<div>{where}{_note(alarm)}</div>"
        f'<time title="{escape(moment(alarm.raised_at))}">{escape(age)}</time></div>'
    )


def heading() -> str:
    """Return the headings over the rows, as HTML."""
    words = "".join(
        f"<span>{escape(t(f'alarms.head_{name}'))}</span>" for name in ("what", "priority", "state", "age")
    )
    return f'<div class="alarm heads"><i></i>{words}</div>'


def state_word(alarm: Shown) -> str:
    """Return sign and word of where an alarm stands, as HTML."""
    return f'<span class="standing"><i>{_SIGNS[alarm.state]}</i> {escape(t(f"alarms.{alarm.state}"))}</span>'


def what(alarm: Shown) -> str:
    """Say what an alarm tells of, in words."""
    if alarm.rule in (Rule.INCIDENT, Rule.STORM):
        return t("alarms.of_many", rule=t(f"alarms.rule_{alarm.rule}"), count=f"{alarm.cameras:,}")
    reason = t(f"reason.{alarm.reason or 'never'}")
    return f"{t(f'alarms.rule_{alarm.rule}')} · {reason}"


def finding(waiting: Waiting, at: datetime) -> str:
    """Say in a sentence how much waits and how long the longest has; first of all, whether nobody watches."""
    beat = cache.snapshot().as_of
    if is_watching(beat, at):
        return _waiting(waiting, at)
    since = t("alarms.unwatched", at=moment(beat), age=span(at - beat)) if beat else t("alarms.never_watched")
    return f"{since} · {_waiting(waiting, at)}"


def _waiting(waiting: Waiting, at: datetime) -> str:
    if waiting.oldest_at is None:
        return t("alarms.finding_none")
    said = t("alarms.finding", count=f"{waiting.count:,}")
    if waiting.high:
        said += t("alarms.finding_high", count=f"{waiting.high:,}")
    return said + t("alarms.finding_oldest", age=span(max(at - waiting.oldest_at, timedelta(0))))


def past(alarm_id: int) -> str:
    """Return what happened to an alarm, the newest first, as HTML."""
    lines = "".join(
        f"<li><time>{escape(moment(one.at))}</time> {escape(t(f'alarms.did_{one.what}'))}"
        + (f" · <b>{escape(one.by)}</b>" if one.by else "")
        + (f"<br>{escape(one.text)}" if one.text else "")
        + "</li>"
        for one in reversed(alarms.history(cache.database(), alarm_id))
    )
    return f'<ul class="happened">{lines}</ul>'


def members(incident_id: int, most: int = 50) -> str:
    """Return the cameras of an incident, those still down first, as HTML."""
    known = cache.snapshot()
    lines = []
    for child in incidents.children(cache.database(), incident_id, most):
        at = known.row_of(child.camera_id)
        label = escape(child.code) if at is None else cards.camera_link(cache.camera(at), child.code)
        lines.append(f"<li>{cards.status(child.status)} {label}</li>")
    return f'<ul class="happened">{"".join(lines)}</ul>'


def of_camera(camera_id: int) -> str:
    """Return a camera's open alarms and last incidents, as HTML; empty if there never was one."""
    db, at = cache.database(), cache.now()
    lines = [
        f"<li>{state_word(one)} · {escape(what(one))} · {escape(moment(one.raised_at))}</li>"
        for one in alarms.listed(db, states=(*OPEN, State.SHELVED), camera_id=camera_id)
    ]
    for one in incidents.of_camera(db, camera_id, 5):
        name = t(f"alarms.kind_{one.kind}", called=one.key)
        until = moment(one.ended_at) if one.ended_at else t("alarms.lasting", age=span(at - one.began_at))
        said = t("alarms.incident", name=name, count=f"{one.cameras:,}", back=f"{one.back:,}")
        lines.append(f"<li>{escape(said)} · {escape(moment(one.began_at))} – {escape(until)}</li>")
    return f'<ul class="happened">{"".join(lines)}</ul>' if lines else ""


def may(alarm: Shown, action: str) -> bool:
    """Whether an action has sense where an alarm stands."""
    return {
        "acknowledge": alarm.state in (State.UNACKNOWLEDGED, State.RETURNED),
        "shelve": alarm.state is not State.GONE and alarm.returned_at is None,
        "unshelve": alarm.state is State.SHELVED,
        "assign": alarm.state is not State.GONE,
        "comment": True,
    }[action]


def title(alarm: Shown) -> str:
    """Name what an alarm is about; plain text."""
    if alarm.camera_id is None:
        return t(f"alarms.kind_{alarm.incident_kind or 'storm'}", called=alarm.incident_key)
    at = cache.snapshot().row_of(alarm.camera_id)
    name = "" if at is None else pick(cache.camera(at)["name_th"], cache.camera(at)["name_en"])
    return " · ".join(filter(None, (alarm.camera_code, name)))


def _title(alarm: Shown) -> str:
    said, at = escape(title(alarm)), None
    if alarm.camera_id is not None:
        at = cache.snapshot().row_of(alarm.camera_id)
    if at is None:
        return said
    return f'<a href="{cards.camera_address(cache.camera(at))}" target="_self">{said}</a>'


def _glyph(alarm: Shown) -> str:
    if alarm.returned_at:  # what is over must not look down
        at = None if alarm.camera_id is None else cache.snapshot().row_of(alarm.camera_id)
        return Status.UNKNOWN if at is None else str(cache.camera(at)["status"])
    of_pictures = alarm.rule is Rule.DEGRADED or alarm.reason == Status.DEGRADED  # the latter of a storm
    return Status.DEGRADED if of_pictures else Status.DOWN


def _note(alarm: Shown) -> str:
    said = ""
    if alarm.state is State.SHELVED and alarm.shelved_until:
        said = t("alarms.until", at=moment(alarm.shelved_until), why=alarm.shelved_why)
    elif alarm.state is State.GONE and not alarm.acknowledged_by:  # nobody knew: an incident speaks for it
        said = t("alarms.did_suppressed")
    elif alarm.returned_at:
        said = t("alarms.over", at=moment(alarm.returned_at))
    elif alarm.acknowledged_by:
        said = t("alarms.by", who=alarm.acknowledged_by)
    return f'<small class="note" title="{escape(said)}">{escape(said)}</small>' if said else ""
