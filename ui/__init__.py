"""What screens share; the only shared code that may know Streamlit."""
