"""Every page test starts with nothing kept from the one before."""

from collections.abc import Iterator

import pytest
import streamlit as st

from data.fleet import end_shared


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    st.cache_resource.clear()
    st.cache_data.clear()
    end_shared()
    yield
    end_shared()
    st.cache_resource.clear()
