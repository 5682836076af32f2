"""The border and other lines as cameras see them."""
