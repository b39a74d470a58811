"""The pictures of equations (2) and (3): the recursion of δ, and ∂C/∂W as an outer product."""
