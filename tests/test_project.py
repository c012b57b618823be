"""What the package promises as a whole."""

import subprocess
import sys
from importlib.metadata import version

import chainrule

LOADED_ONLY_WHERE_USED = {
    "click",
    "jax",
    "matplotlib",
    "msgspec",
    "narwhals",
    "pandas",
    "polars",
    "rich",
    "safetensors",
    "scipy",
    "torch",
}


def test_import_loads_only_what_every_use_needs():
    command = "import sys, chainrule; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", command], check=True, capture_output=True, text=True
    ).stdout.split()
    assert "chainrule" in loaded
    assert LOADED_ONLY_WHERE_USED.isdisjoint(loaded)


def test_version_is_the_installed_one():
    assert chainrule.__version__ == version("chainrule")
