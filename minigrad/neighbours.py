"""minigrad, nn and viz stand side by side; a file of the user's own with such a name would hide one of them.

>>> stands_beside("nn")
True
"""

from __future__ import annotations

import os
from importlib.util import find_spec

_HOME = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


def stands_beside(name: str) -> bool:
    """Whether the package that Python finds under that name is the one beside this package. Imports nothing.

    >>> stands_beside("json")
    False
    """
    spec = find_spec(name)
    folders = spec.submodule_search_locations if spec else None
    return os.path.join(_HOME, name) in map(os.path.realpath, folders or [])


def check_neighbour(name: str) -> None:
    """Raises ImportError, and names the file, if Python finds another `name` than the one beside minigrad.

    >>> check_neighbour("nn")
    """
    if stands_beside(name):
        return
    spec = find_spec(name)
    if spec is None:
        raise ImportError(f"the package {name} is missing beside minigrad, in {_HOME}", name=name)
    found = spec.origin or str(spec.submodule_search_locations)
    raise ImportError(
        f"the package {name} that comes with minigrad is hidden by {found}, which Python finds first; "
        "rename that file, or if it is an installed package of the same name, uninstall it",
        name=name,
        path=found,
    )
