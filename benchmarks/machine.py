"""Where a run took place: processor, memory, system, versions, and how busy it was."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

DISTRIBUTIONS = (
    *("chainrule", "numpy", "scipy", "llvmlite"),
    *("autograd", "jax", "jaxlib", "torch", "scikit-learn", "onnxruntime"),
)


def describe() -> dict[str, Any]:
    """Processor, cores, memory in bytes, system, Python, versions, and NumPy's BLAS with its kernel."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": dict(_versions(DISTRIBUTIONS)),
        "blas": _blas(),
    }


def load() -> float:
    """How many processes wanted a core, on average over the last minute."""
    return os.getloadavg()[0]


def _processor() -> str:
    """The model's name, which Linux alone keeps in a file."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _versions(distributions: Iterable[str]) -> Iterable[tuple[str, str]]:
    for name in distributions:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "missing"


def _blas() -> str:
    """The library that NumPy multiplies with and the kernel it chose."""
    import numpy as np

    try:
        from threadpoolctl import threadpool_info
    except ImportError:  # it comes with scikit-learn
        blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        return f"{blas['name']} {blas['version']}"
    return "; ".join(
        f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}"
        for pool in threadpool_info()
        if pool["user_api"] == "blas" and "numpy" in pool["filepath"]
    )
