"""What users give, as arrays of floats."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad import Value


def read(data: Any) -> NDArray[Any]:
    """What is given, as an array. Raises as NumPy does, or TypeError for a tensor that requires grad.

    >>> read([1, 2]).shape
    (2,)
    """
    try:
        return np.asarray(data)
    except RuntimeError as error:  # PyTorch's, of a tensor that requires grad
        raise TypeError(f"the gradient of a tensor would be lost: give tensor.detach() ({error})") from None


def as_floats(data: Any) -> NDArray[np.float64]:
    """Numbers, nested as they may be, as an array; of Values their numbers. A copy, unless it is one already.

    Raises TypeError or ValueError, as NumPy does, for what is not of numbers or not of one shape.

    >>> as_floats([[Value(1.0), 2]]).tolist()
    [[1.0, 2.0]]
    """
    array = read(data)
    if array.dtype == object:
        array = np.frompyfunc(lambda entry: entry.data if isinstance(entry, Value) else entry, 1, 1)(array)
    return np.asarray(array, dtype=np.float64)
