"""Reading a file that may be missing, a pipe, or far too long."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import ModelFileError


def read_whole(path: Path, limit: int | None) -> bytes:
    """The file's content.

    Args:
        path: of the file.
        limit: bytes, at most; ``None``: however many there are.

    Raises:
        ModelFileError: it is missing, longer than the limit, no file, or cannot be read.
    """
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            raise ModelFileError(f"{path} is missing, or is no file")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if limit is not None and size > limit:
                raise ModelFileError(f"{path} has {size} bytes", expected=f"{limit} at most")
            return file.read()
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {error.strerror}") from None
