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

from ui import assets, cache, frame
from web import routes


@contextlib.asynccontextmanager
async def _life(_app: st.App) -> AsyncIterator[None]:
    await asyncio.to_thread(cache.snapshot)  # the first page finds every camera in memory
    gc.collect()
    gc.freeze()  # what is loaded now stays: later collections need not walk a million objects each time
    yield


def _page() -> None:
    frame.navigation().run()


if st.runtime.exists():
    _page()
else:
    _routes, _gate = routes.serve(assets.files())
    app = st.App(__file__, routes=_routes, middleware=_gate, lifespan=_life)
