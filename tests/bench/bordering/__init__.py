"""The measurements of gaps along the border."""
