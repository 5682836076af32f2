"""Map tiles: their coding, cameras and ground in them."""
