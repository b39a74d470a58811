"""Writes the array operations of the forward and the backward pass from blocks, with names and shapes."""
