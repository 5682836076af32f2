"""An address -> the fewest bytes that hold a picture."""
