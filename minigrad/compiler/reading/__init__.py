"""Reads the recorded cost of one example, and groups its nodes into blocks, the rows of arrays."""
