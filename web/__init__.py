"""Routes beside the pages, in the app's own process; no Streamlit here."""
