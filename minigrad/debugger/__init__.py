"""A debugger for backward passes: `minigrad.debug(root)`, and `python -m minigrad.debugger SCRIPT`."""

from minigrad.debugger.anomalies import AnomalyError, detect_anomaly
from minigrad.debugger.checking import check_gradients
from minigrad.debugger.extensions import command
from minigrad.debugger.script import debug
from minigrad.hooks import EXTENSIONS

__all__ = ["AnomalyError", "EXTENSIONS", "check_gradients", "command", "debug", "detect_anomaly"]
