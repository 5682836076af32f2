"""Small pages in Thai and English that need nothing but themselves: before signing in, and when it fails."""

from dataclasses import dataclass

from starlette.responses import HTMLResponse

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # the address may hold a token
    "X-Content-Type-Options": "nosniff",
}
_PAGE = """<!doctype html>
<html lang="th">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{th_title} · Takhai</title>
<style>
:root{{--ground:#E8EDF0;--card:#FFF;--text:#1B2329;--soft:#66727B;--line:#C9CFD3}}
@media (prefers-color-scheme:dark){{
:root{{--ground:#0E1318;--card:#1A2128;--text:#E6EAED;--soft:#8E9AA3;--line:#2C353D}}}}
body{{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--text);
font:15px/1.6 Sarabun,"Noto Sans Thai",Thonburi,"Leelawadee UI",sans-serif}}
main{{box-sizing:border-box;max-width:30rem;margin:1rem;padding:2rem;background:var(--card);border-radius:6px}}
h1{{margin:0 0 .5rem;font-size:22px;line-height:1.4}}
p{{margin:0}}
section+section{{margin-top:1.25rem;padding-top:1.25rem;border-top:1px solid var(--line);color:var(--soft)}}
section+section h1{{font-size:15px}}
code{{font:13px ui-monospace,monospace}}
</style>
<main>
<section><h1>{th_title}</h1><p>{th}</p></section>
<section lang="en"><h1>{en_title}</h1><p>{en}</p></section>
</main>
</html>
"""


@dataclass(frozen=True)
class Note:
    """A title and a sentence or two in both languages; fixed words, never a visitor's."""

    th_title: str
    th: str
    en_title: str
    en: str


SIGN_IN = Note(
    "ต้องเข้าสู่ระบบก่อน",
    "เปิดด้วยลิงก์ใช้ครั้งเดียวที่ระบบพิมพ์ไว้ตอนเริ่มทำงาน หรือขอลิงก์ใหม่จากผู้ดูแลระบบ (คำสั่ง <code>takhai link</code>)",
    "Please sign in first",
    "Open the one-time link that was printed at the start, or ask the operator for a new one "
    "(<code>takhai link</code>).",
)
BAD_LINK = Note(
    "ลิงก์นี้ใช้ไม่ได้แล้ว",
    "ลิงก์ใช้ได้ครั้งเดียวภายใน 15 นาที ขอลิงก์ใหม่จากผู้ดูแลระบบ (คำสั่ง <code>takhai link</code>)",
    "This link does not work any more",
    "A link works once and for 15 minutes. Ask the operator for a new one (<code>takhai link</code>).",
)
SIGNED_OUT = Note(
    "ออกจากระบบแล้ว",
    "ปิดหน้านี้ได้ เข้าใหม่ด้วยลิงก์ใหม่จากผู้ดูแลระบบ (คำสั่ง <code>takhai link</code>)",
    "You are signed out",
    "You may close this page. To come back, ask the operator for a new link (<code>takhai link</code>).",
)


def page(note: Note, status: int) -> HTMLResponse:
    """Return a note as a page that asks no other address for anything."""
    return HTMLResponse(_PAGE.format(**vars(note)), status, _HEADERS)
