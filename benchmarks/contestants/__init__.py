"""Who is timed, and where it is said how each does what a benchmark asks for.

A driver lies in a module of its own and imports its library there, so that a library that cannot be imported
leaves a column that says "missing" and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from shutil import which
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..problems import Problem, Task

Call = Callable[[], Any]
"""One call from the arguments to the finished result."""

Driver = Callable[["Problem", "Task"], Call]
"""Makes such a call; what it does before, such as converting the arguments, is not part of the call."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A column of a table.

    Attributes:
        name: what heads the column.
        package: the module whose import is timed.
        drivers: for each benchmark that it takes part in, "module:function" of this project's ``benchmarks``.
        needs: a program without which it does not run, or "".
    """

    name: str
    package: str
    drivers: Mapping[str, str] = field(default_factory=dict, hash=False)
    needs: str = ""

    def prepare(self, benchmark: str) -> Any:
        """The driver's function; imports the library."""
        module, function = self.drivers[benchmark].split(":")
        return getattr(import_module(f"..{module}", __name__), function)

    def why_missing(self) -> str:
        """The reason why the library cannot be imported or run, or ""."""
        if self.needs and not which(self.needs):
            return f"there is no {self.needs}"
        try:
            import_module(self.package)
        except (ImportError, OSError) as error:  # OSError: a shared library that does not load
            return str(error)
        return ""


OURS, ONE_THREAD, BY_HAND, SKLEARN = "Chainrule", "Chainrule, 1 thread", "NumPy by hand", "scikit-learn"

CONTESTANTS = (
    Contestant(
        OURS,
        "chainrule",
        {
            "gradients": "contestants.chainrule:gradient_call",
            "training": "trainers.chainrule:NativeTrainer",
            "layers": "blocks.chainrule:NativeTrainer",
            "processes": "trainers.chainrule:NativeTrainer",
            "crowd": "trainers.chainrule:NativeTrainer",
            "prediction": "predictors.chainrule:predict",
            "jacobians": "differentiators.chainrule:jacobian",
            "flows": "densities.chainrule:flow",
            "vae": "densities.chainrule:vae",
            "latent": "decompositions.chainrule:ppca",
            "tables": "decompositions.chainrule:held_out",
            "estimators": "classifiers.chainrule:network",
        },
    ),
    Contestant(ONE_THREAD, "chainrule", {"crowd": "trainers.chainrule:OneThreadTrainer"}),
    Contestant("Chainrule, float64", "chainrule", {"estimators": "classifiers.chainrule:float64_network"}),
    Contestant(
        "cr.compile",
        "chainrule",
        {
            "gradients": "contestants.chainrule:compiled_gradient_call",
            "prediction": "predictors.chainrule:compiled",
            "jacobians": "differentiators.chainrule:compiled",
        },
    ),
    Contestant(
        BY_HAND,
        "numpy",
        {
            "gradients": "contestants.by_hand:gradient_call",
            "training": "trainers.by_hand:NumpyTrainer",
            "processes": "trainers.by_hand:NumpyTrainer",
            "prediction": "predictors.by_hand:predict",
            "jacobians": "differentiators.by_hand:jacobian",
        },
    ),
    Contestant("autograd", "autograd", {"gradients": "contestants.autograd:gradient_call"}),
    Contestant("JAX eager", "jax", {"gradients": "contestants.jax:eager_gradient_call"}),
    Contestant(
        "JAX jit",
        "jax",
        {
            "gradients": "contestants.jax:jitted_gradient_call",
            "training": "trainers.jax:JitTrainer",
            "processes": "trainers.jax:JitTrainer",
            "prediction": "predictors.jax:predict",
            "jacobians": "differentiators.jax:jacobian",
        },
    ),
    Contestant(
        "JAX scan",
        "jax",
        {
            "training": "trainers.jax:ScanTrainer",
            "layers": "blocks.jax:ScanTrainer",
            "processes": "trainers.jax:ScanTrainer",
        },
    ),
    Contestant(
        "PyTorch eager",
        "torch",
        {
            "gradients": "contestants.torch:gradient_call",
            "training": "trainers.torch:EagerTrainer",
            "layers": "blocks.torch:EagerTrainer",
            "processes": "trainers.torch:EagerTrainer",
            "prediction": "predictors.torch:eager",
            "vae": "densities.torch:vae",
        },
    ),
    Contestant("scikit-learn, covariance", "sklearn", {"latent": "decompositions.sklearn:covariance"}),
    Contestant("scikit-learn, ARPACK", "sklearn", {"latent": "decompositions.sklearn:arpack"}),
    Contestant("scikit-learn, incremental", "sklearn", {"latent": "decompositions.sklearn:incremental"}),
    Contestant(
        "ppca-py",
        "ppca",
        {"latent": "decompositions.ppca_py:ppca", "tables": "decompositions.ppca_py:held_out"},
    ),
    Contestant("zuko", "zuko", {"flows": "densities.torch:zuko_flow"}),
    Contestant("torch.compile", "torch", {"training": "trainers.torch:CompiledTrainer"}, needs="g++"),
    Contestant("TorchScript", "torch", {"prediction": "predictors.torch:frozen"}),
    Contestant("ONNX Runtime", "onnxruntime", {"prediction": "predictors.onnx:predict"}),
    Contestant(
        SKLEARN,
        "sklearn",
        {
            "tables": "decompositions.sklearn:held_out",
            "training": "trainers.sklearn:SklearnTrainer",
            "processes": "trainers.sklearn:SklearnTrainer",
            "prediction": "predictors.sklearn:predict",
            "estimators": "classifiers.sklearn:network",
        },
    ),
    Contestant("scikit-learn, float32", "sklearn", {"estimators": "classifiers.sklearn:float32_network"}),
)
PEAK_OF_ONE, PEAK_OF_ALL = "peak of a core", "peak of all cores"


def taking_part(contestants: Iterable[Contestant], benchmark: str) -> list[Contestant]:
    """Those who have a driver for a benchmark."""
    return [who for who in contestants if benchmark in who.drivers]
