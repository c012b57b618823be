"""The peers' environment: benchmarks/.env, made by venv and pip, with Chainrule itself in it from src/."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
PROJECT = HERE.parent
FOLDER = HERE / ".env"
REQUIREMENTS = HERE / "requirements.txt"
STAMP = FOLDER / "installed"  # of what the environment was made from

# Processor choices meant for other builds of OpenBLAS; other environments' packages; and what would make
# Chainrule be compiled to bytecode at every import, while pip has compiled its peers.
UNWANTED = (
    *("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"),
    *("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"),
    *("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"),
    "XLA_FLAGS",
)
THREAD_COUNTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")  # the last is XLA's


def python() -> Path:
    """The environment's interpreter."""
    return FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def prepare() -> None:
    """Make the environment, or complete it, unless it is up to date.

    A peer that cannot be installed is reported and left out; it is tried again the next time.

    Raises:
        SystemExit: the environment cannot be made, or Chainrule not be installed in it.
    """
    fingerprint = _fingerprint()
    if STAMP.exists() and STAMP.read_text() == fingerprint:
        return
    print(f"making the peers' environment, {FOLDER} (some minutes, once)", file=sys.stderr)
    if not python().exists():
        _create()
    if not _installed("--editable", str(PROJECT)):
        raise SystemExit("Chainrule could not be installed")
    peers = [line for line in REQUIREMENTS.read_text().splitlines() if line and not line.startswith("#")]
    missing = [peer for peer in peers if not _installed(peer)]
    if not missing:
        STAMP.write_text(fingerprint)


def variables(threads: int | None) -> dict[str, str]:
    """The environment variables of a run on the CPU in which every library uses that many threads.

    With ``None``, each library uses as many as it chooses itself.
    """
    kept = {name: value for name, value in os.environ.items() if name not in (*UNWANTED, *THREAD_COUNTS)}
    on_cpu = {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
    if threads is None:
        return kept | on_cpu
    eigen = "--xla_cpu_multi_thread_eigen=" + ("true" if threads > 1 else "false")
    flags = f"{eigen} intra_op_parallelism_threads={threads}"
    return kept | on_cpu | dict.fromkeys(THREAD_COUNTS, str(threads)) | {"XLA_FLAGS": flags}


def _create() -> None:
    try:
        venv.create(FOLDER, with_pip=True)
    except subprocess.CalledProcessError:
        shutil.rmtree(FOLDER)
        raise SystemExit("this Python cannot make environments; on Debian, install python3-venv") from None


def _installed(*what: str) -> bool:
    print(f"  pip install {' '.join(what)}", file=sys.stderr, flush=True)
    command = [str(python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what]
    return subprocess.run(command, check=False).returncode == 0


def _fingerprint() -> str:
    sources = (REQUIREMENTS, PROJECT / "pyproject.toml")
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
