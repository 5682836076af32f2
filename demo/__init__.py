"""A country to try it on: an invented inventory and a street of simulated cameras."""
