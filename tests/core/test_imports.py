"""What the core needs is imported, and no more: the first gradient of a process waits for it."""

import subprocess
import sys

HEAVY = {"difflib", "llvmlite", "scipy", "secrets", "sympy"}


def test_a_gradient_imports_nothing_heavy() -> None:
    program = (
        "import sys, numpy as np, chainrule as cr\n"
        "assert cr.grad(lambda x: np.sum(x * x))(np.ones(3)).tolist() == [2, 2, 2]\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stdout.split())
