"""Bringing a camera list in through the browser: look first, then really import, and keep the report."""

import re
import tempfile
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from data.intake.import_report import ImportReport
from data.intake.importing import import_file
from ui import cache, cards, state
from ui.words import t

ENDINGS = ("csv", "xlsx", "json", "jsonp", "js", "geojson", "gpkg", "html", "txt")
LINES_SHOWN = 300
COUNTS = ("read", "added", "changed", "unchanged", "repaired", "rejected")


def show() -> None:
    """Take a file, say what would become of every row, and import it when asked to."""
    file = st.file_uploader(t("cameras.file"), type=list(ENDINGS), key="file")
    owner = st.text_input(t("cameras.owner_of_all"), key="import-owner", width=420).strip() or None
    if file is None:
        if done := st.session_state.get(state.DONE):
            _done(done)
            return
        cards.empty(t("cameras.no_file"), t("cameras.no_file_todo"))
        return
    content = file.getvalue()
    mark = (sha256(content).hexdigest(), owner)
    if done := _kept(state.DONE, mark):
        _done(st.session_state[state.DONE])
        return
    tried = _kept(state.TRIED, mark) or _run(file.name, content, owner, dry_run=True)
    if tried is None:
        return
    st.session_state[state.TRIED] = (mark, tried)
    _report(tried, t("cameras.would", file=tried.file, source=tried.source))
    nothing = tried.added + tried.changed == 0
    if nothing:
        st.html(f'<p class="soft">{escape(t("cameras.nothing_new"))}</p>')
    if st.button(t("cameras.import_now"), key="import-now", type="primary", disabled=nothing):
        made = _run(file.name, content, owner, dry_run=False)
        if made:
            st.session_state[state.DONE] = (mark, made)
            st.rerun()


def _run(name: str, content: bytes, owner: str | None, *, dry_run: bool) -> ImportReport | None:
    """Read the file in a folder of its own, gone afterwards; a broken one is told in a sentence."""
    bar = st.progress(0.0, t("cameras.reading"))

    def tick(done: int, total: int, _what: str) -> None:
        bar.progress(min(done / max(total, 1), 1.0), t("cameras.reading"))

    with tempfile.TemporaryDirectory(prefix="takhai-import-") as folder:
        path = Path(folder) / (re.sub(r"[^\w.-]", "_", Path(name).name)[-100:].lstrip(".") or "list.csv")
        path.write_bytes(content)
        try:
            return import_file(cache.database(), path, owner=owner, dry_run=dry_run, at=cache.now(), tick=tick)
        except (ValueError, OSError) as error:
            st.error(cards.plain(t("cameras.broken", why=str(error))))
            return None
        finally:
            bar.empty()


def _done(kept: tuple[Any, ImportReport]) -> None:
    _report(kept[1], t("cameras.did", file=kept[1].file))


def _report(report: ImportReport, sentence: str) -> None:
    st.html(f'<p class="finding small">{escape(sentence)}</p>')
    cards.figures([cards.Figure(f"{getattr(report, name):,}", "", t(f"cameras.{name}")) for name in COUNTS])
    notes = [*report.notes, *([t("cameras.ignored", names=", ".join(report.ignored))] if report.ignored else [])]
    if notes:
        st.html("".join(f'<p class="soft fine">{escape(note)}</p>' for note in notes))
    if report.lines.empty:
        return
    shown, text = report.lines.head(LINES_SHOWN), st.column_config.TextColumn
    columns = {name: text(t(f"cameras.line_{name}")) for name in report.lines.columns}
    st.dataframe(
        shown.assign(value=shown["value"].map(str, na_action="ignore")), key=f"lines-{report.dry_run}",
        hide_index=True, placeholder="–", row_height=36, height=min(420, 36 * len(shown) + 39),
        column_config=columns | {"row": st.column_config.NumberColumn(t("cameras.line_row"), width=70)},
    )  # fmt: skip
    st.download_button(
        t("cameras.lines_download", count=f"{len(report.lines):,}"), lambda: _lines(report), "import-report.csv",
        key="lines-file", on_click="ignore",
    )  # fmt: skip


def _lines(report: ImportReport) -> bytes:
    with tempfile.TemporaryDirectory(prefix="takhai-report-") as folder:
        path = Path(folder) / "report.csv"
        report.write_csv(path)
        return path.read_bytes()


def _kept(key: str, mark: tuple[str, str | None]) -> ImportReport | None:
    """Return the report kept for just this file and owner."""
    kept = st.session_state.get(key)
    report: ImportReport | None = kept[1] if kept and kept[0] == mark else None
    return report
