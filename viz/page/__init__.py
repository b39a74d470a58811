"""Writes a page on which a backward pass is live: every number can be changed, and is computed again."""
