"""Files that are written whole or not at all: whatever happens, a reader finds the old content or the new."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def whole_file(path: str | Path) -> Iterator[IO[bytes]]:
    """A file to write bytes to, which stands at `path` once the block has ended without an error.

    It is written beside `path` under a name of its own and renamed, so that any number of writers may write
    to one path. Folders are made as needed; what stood at `path` keeps its permissions. Raises OSError where
    the file system does, and then leaves nothing behind.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole_file(Path(folder) / "new" / "note.txt") as file:
    ...         _ = file.write(b"all of it")
    ...     (Path(folder) / "new" / "note.txt").read_text()
    'all of it'
    """
    path = Path(os.path.realpath(path))  # a link stays a link, and what it points to is replaced
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".unfinished", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # full disks are told here, before the old content goes
        os.chmod(name, _permissions(path))
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _permissions(path: Path) -> int:
    """Those of the file that is replaced, or those that `open` would give a new one."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)  # asking is setting
    os.umask(mask)
    return 0o666 & ~mask
