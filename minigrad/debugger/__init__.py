"""A debugger for backward passes: `minigrad.debug(root)`, and `python -m minigrad.debugger SCRIPT`.

After this package you can stop a backward pass at a layer, take it step by step in both directions, and find
the operation whose derivative is wrong or that made a nan.

    anomalies.py    where nodes come from, and the first that became nan or inf
    checking.py     gradients held against differences, down to the edge that is wrong
    names.py        what can be typed: labels, expressions
    targets.py      where a walk stops: breakpoints
    looks.py        what is shown
    prompt.py       reading, walking, writing
    commands.py     the commands
    extensions.py   how packages above add commands
    script.py       running a script whose backward() is the prompt
"""

from minigrad.debugger.anomalies import AnomalyError, detect_anomaly
from minigrad.debugger.checking import check_gradients
from minigrad.debugger.extensions import command
from minigrad.debugger.script import debug
from minigrad.hooks import EXTENSIONS

__all__ = ["AnomalyError", "EXTENSIONS", "check_gradients", "command", "debug", "detect_anomaly"]
