"""The networks that tests of pictures draw: document 001's and one that reads digits, as in the gallery."""

import sys
from functools import lru_cache
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples"


@lru_cache(maxsize=1)
def gallery():
    """examples/gallery.py as a module; it imports its neighbour as it does when it is run."""
    if str(EXAMPLES) not in sys.path:
        sys.path.append(str(EXAMPLES))
    import gallery as module

    return module


@lru_cache(maxsize=1)
def document_001():
    """The trace of one flower, after a backward pass, and the training history."""
    return gallery().document_network()[:2]


@lru_cache(maxsize=1)
def digits():
    """The trace of one digit, after a backward pass, and the training history."""
    return gallery().digits_network()[:2]
