"""A file somebody has -> rows of the inventory, and what became of each."""
