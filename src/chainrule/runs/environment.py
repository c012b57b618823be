"""Where a run takes place: what its last bits may depend on."""

from __future__ import annotations

import os
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from .. import __version__

LIBRARIES = ("numpy", "scipy", "llvmlite")
THREAD_SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def describe_environment() -> dict[str, str]:
    """Versions, system, processor with its features, and threads.

    >>> sorted(describe_environment())[:4]
    ['chainrule', 'features', 'llvmlite', 'machine']
    """
    from llvmlite import binding

    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limits = [f"{name}={os.environ[name]}" for name in THREAD_SETTINGS if name in os.environ]
    features = sorted(name for name, there in binding.get_host_cpu_features().items() if there)
    return {
        "chainrule": __version__,
        "python": platform.python_version(),
        **{library: _version(library) for library in LIBRARIES},
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "processor": binding.get_host_cpu_name(),
        "features": " ".join(features),
        "threads": ", ".join([str(available), *limits]),
    }


@cache
def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "unknown"
