"""What we know and remember: inventory, readings, outages."""
