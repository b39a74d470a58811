"""What is said when a Value is taken for a float, and so leaves the graph."""

import sys
import warnings

from minigrad.hooks import LIBRARIES


class LeftGraphWarning(UserWarning):
    """A Value became a float where no graph can follow, as in `math.exp` or in an array of floats."""


def warn_of_leaving() -> None:
    """Warn, at the line of the user's that asked for the float."""
    import sysconfig  # here, as it is slow to come

    installed = [sysconfig.get_path(kind) for kind in ("purelib", "platlib", "stdlib")]
    frame = sys._getframe(1).f_back
    level = 3  # for `warn`: of this function 1, of `Value.__float__` 2
    while frame is not None and frame.f_code.co_filename.startswith((*LIBRARIES, *installed)):
        frame, level = frame.f_back, level + 1
    warnings.warn(
        "a Value becomes a float here and leaves the graph: no gradient comes back through it. If it should, "
        "write minigrad.exp for math.exp, or np.zeros(3, dtype=object) for an array; if not, v.data for v",
        LeftGraphWarning,
        stacklevel=level if frame is not None else 3,
    )
