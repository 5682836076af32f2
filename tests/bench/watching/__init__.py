"""Parts of the measurement of looking at every camera."""
