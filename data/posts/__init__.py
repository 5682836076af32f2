"""Checkpoints: their lanes, whether cameras see them, and when they were open."""
