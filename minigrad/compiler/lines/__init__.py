"""Lines: from blocks to array operations, forward and backward, with their names and shapes beside them."""
