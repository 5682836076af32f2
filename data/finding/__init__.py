"""What a text somebody typed may mean: cameras, places, points."""
