"""Runs a program: with NumPy, line by line, or as a loop over a tape."""
