"""
The browser's front door: `streamlit run app.py`.

Streamlit runs this file twice over: once to find `app`, the server with its routes and gate, and then again as the
script behind every page.
"""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator

import streamlit as st

from ui import assets, cache, frame, standalone
from web import files, routes


@contextlib.asynccontextmanager
async def _life(_app: st.App) -> AsyncIterator[None]:
    await asyncio.to_thread(cache.snapshot)  # the first page finds every camera in memory
    gc.collect()
    gc.freeze()  # what is loaded now stays: later collections need not walk a million objects each time
    drawing = asyncio.create_task(asyncio.to_thread(_drawn))  # takes seconds; the first answers need not wait
    yield
    await drawing


def _page() -> None:
    frame.navigation().run()


if st.runtime.exists():
    _page()
else:
    _drawn = files.Drawn(assets.files)
    _routes, _gate = routes.serve(_drawn, standalone.page)
    app = st.App(__file__, routes=_routes, middleware=_gate, lifespan=_life)
