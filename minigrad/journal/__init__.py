"""The journal of a backward pass: its steps, what nodes are called in it, and how its numbers are printed."""

from minigrad.journal.steps import Journal, Step, backward_steps

__all__ = ["Journal", "Step", "backward_steps"]
