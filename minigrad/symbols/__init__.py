"""Symbols: formulas that compute and simplify, every way of writing them, and numbers as they are printed."""
