"""The journal of a backward pass: its steps, what nodes are called in it, and how its numbers are printed.

steps.py    the pass as steps that can be walked both ways
naming.py   a node in one word
digits.py   numbers whose printed products and sums come out right
"""

from minigrad.journal.steps import Journal, Step, backward_steps

__all__ = ["Journal", "Step", "backward_steps"]
