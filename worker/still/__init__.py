"""Whose picture is next, how it is taken and decoded, and what it says."""
