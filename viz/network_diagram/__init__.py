"""Draws networks: neurons in columns, weights as lines, with δ and ∂C/∂w."""
