"""Files for other programs, of exactly what the screen shows."""
