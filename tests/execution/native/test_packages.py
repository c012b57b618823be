"""What the packages say of themselves: which modules there are, and which passes run in which order."""

import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution import native
from chainrule.execution.native import emission, machine_code, passes, runtime
from chainrule.execution.native.planning import planned
from chainrule.execution.native.step_planning import planned_step
from tests.execution.native.processors import AVX512

PACKAGES = native, passes, emission, machine_code, runtime


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__.rpartition(".")[2])
def test_a_package_names_all_of_its_modules(package: ModuleType) -> None:
    assert package.__doc__
    assert package.__file__
    folder = Path(package.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    modules |= {path.parent.name for path in folder.glob("*/__init__.py")}
    assert modules <= set(re.findall(r"\w+", package.__doc__))


def test_the_passes_are_listed_in_the_order_in_which_they_run() -> None:
    graph = cr.trace(
        lambda W, rate, X: (np.mean((X @ W) ** 2), W - rate * W), np.ones((3, 2)), 0.1, np.ones((8, 3))
    ).graph
    assert passes.__doc__
    rows = re.findall(r"^    (\w+) +\w+\.\w+ +(step|call|)", passes.__doc__, re.MULTILINE)
    listed = {kind: [name for name, of in rows if of in ("", kind)] for kind in ("call", "step")}
    assert listed["call"] == list(planned(graph, AVX512).passes)
    assert listed["step"] == list(planned_step(graph, 1, AVX512).passes)
