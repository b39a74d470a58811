"""Targets: what runs a program: NumPy, line by line, or a loop over a tape."""
