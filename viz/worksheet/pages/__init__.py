"""The pages of a worksheet: what stands on them, where, and how HTML and LaTeX set it."""
