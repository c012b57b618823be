"""What the tests of tables share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def csv(tmp_path):
    """Writes a CSV file and gives its path."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
