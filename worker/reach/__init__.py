"""One camera, reached safely and not too often."""
