"""What is said when a Value, or a tensor, is taken for a float, and so leaves its graph."""

import sys
import warnings

from minigrad.hooks import LIBRARIES


class LeftGraphWarning(UserWarning):
    """A Value, or a tensor that requires grad, became a float where no graph can follow."""


VALUE = (
    "a Value becomes a float here and leaves the graph: no gradient comes back through it. If it should, "
    "write minigrad.exp for math.exp, or np.zeros(3, dtype=object) for an array; if not, v.data for v"
)
TENSOR = (
    "a tensor that requires grad becomes a float here: no gradient comes back to it. "
    "If that is meant, write tensor.item()"
)


def warn_of_leaving(what: str) -> None:
    """Warn, at the line of the user's that asked for the float, in which `what`, VALUE or TENSOR, is lost."""
    import sysconfig  # here, as it is slow to come

    installed = [sysconfig.get_path(kind) for kind in ("purelib", "platlib", "stdlib")]
    frame = sys._getframe(1).f_back
    level = 3  # for `warn`: of this function 1, of `Value.__float__` 2
    while frame is not None and frame.f_code.co_filename.startswith((*LIBRARIES, *installed)):
        frame, level = frame.f_back, level + 1
    warnings.warn(what, LeftGraphWarning, stacklevel=level if frame is not None else 3)
