"""Lines by chainage, and what polygons cover of them."""
