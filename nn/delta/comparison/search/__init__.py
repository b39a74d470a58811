"""Which mistakes explain an answer: the shortest explanations, found layer by layer."""
