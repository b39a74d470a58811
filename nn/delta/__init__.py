"""δ: traces of a pass, the four equations, their names and notations, and what can go wrong with them."""
