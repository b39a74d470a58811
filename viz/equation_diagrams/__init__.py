"""Draws equation (2), the recursion of δ, and equation (3), ∂C/∂W as an outer product."""
