"""What a check found: a record for each derivative, tensor and oddity. How it is shown is left to others."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import ChainruleError
from .evidence import Nature
from .verdicts import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class GradientError(ChainruleError, AssertionError):
    """A derivative that was checked is wrong."""


@dataclass(frozen=True, slots=True)
class Kink:
    """Where the slope of f jumps along a line, at the point or so near that differences see it.

    Attributes:
        left, right: the one-sided derivatives, each with its bound.
        distance: how far from the point it lies along the line, with its sign; 0 where it is at the point.
        inside: whether the derivative given lies between the one-sided ones, to within their bounds.
        smooth: t of the nearest point x + t·v that is smooth over the steps needed, to be checked instead.
    """

    left: tuple[float, float]
    right: tuple[float, float]
    distance: float
    inside: bool
    smooth: float

    @property
    def interval(self) -> tuple[float, float]:
        """The derivatives that a convex combination of both sides can have."""
        low, high = sorted((self.left[0], self.right[0]))
        return low, high


@dataclass(frozen=True, slots=True)
class Curve:
    """Quotients against their steps for one row: |quotient - numeric| is what an error plot shows.

    Attributes:
        name: of the row, as :attr:`Row.name`.
        steps: (K,), falling.
        forward: (f(x + h) - f(x)) / h, the lecture's.
        central: (f(x + h) - f(x - h)) / 2h.
        extrapolated: the estimate from this step and wider ones; NaN where there are too few.
        numeric, bound, analytic: as in the row.
    """

    name: str
    steps: tuple[float, ...]
    forward: tuple[float, ...]
    central: tuple[float, ...]
    extrapolated: tuple[float, ...]
    numeric: float
    bound: float
    analytic: float


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is likely to have gone wrong in one tensor's derivative.

    Attributes:
        kind: "factor", "transposed", "permuted", "missing term", "missing sum", "detached", "not finite",
            "another argument", "straight-through", "jump", "low precision" or "few entries".
        text: a sentence for the user.
        factor: analytic / numeric, where ``kind`` is "factor".
        entries: the indices it speaks of, where it does not speak of all.
    """

    kind: str
    text: str
    factor: float | None = None
    entries: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd about f or about what was given, found before any derivative was judged.

    Attributes:
        kind: a short name: "mutation", "alias", "hidden state", "random", "dtype", …
        text: a sentence for the user.
        fatal: whether nothing may pass because of it.
    """

    kind: str
    text: str
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One derivative: what was given for it, what values of f say, and the verdict.

    Attributes:
        parameter: the argument's name or path.
        index: the entry of the parameter; None for a whole tensor probed along one random direction.
        output: the entry of f's flattened output; None where f has only one.
        analytic: the derivative as given.
        numeric: the derivative by numerical differentiation.
        bound: how far the true derivative may lie from ``numeric``.
        reason: why the verdict is not PASS; "" where it is, or a remark.
        entries: how many entries of the parameter the row speaks for.
        weight: the smallest part that one of these entries has in the direction; 1 for a single entry.
        nature: what f looks like along the line.
        kink: where the slope jumps, if it does.
        rule: "central", "left", "right" (one-sided, at the edge of a domain), "complex step" or "forward".
        step: the widest step that the estimate rests on.
    """

    parameter: str
    index: tuple[int, ...] | None
    output: int | None
    analytic: float
    numeric: float
    bound: float
    verdict: Verdict
    reason: str = ""
    entries: int = 1
    weight: float = 1.0
    nature: Nature = Nature.SMOOTH
    kink: Kink | None = None
    rule: str = "central"
    step: float = math.nan

    @property
    def difference(self) -> float:
        """analytic - numeric."""
        return self.analytic - self.numeric

    @property
    def ratio(self) -> float:
        """analytic / numeric; NaN where that means nothing."""
        return self.analytic / self.numeric if self.numeric else math.nan

    @property
    def detectable(self) -> float:
        """The smallest error of one entry that would have been seen."""
        return self.bound / self.weight if self.weight else math.inf

    @property
    def flat(self) -> bool:
        """Whether f did not change at all, so that a zero says little."""
        return self.nature is Nature.FLAT

    @property
    def name(self) -> str:
        """The parameter and its entry, as one writes it: ``W1[0, 1]``."""
        if self.index is None:
            return f"{self.parameter}[{self.entries} entries]"
        return f"{self.parameter}[{', '.join(map(str, self.index))}]" if self.index else self.parameter


@dataclass(frozen=True, slots=True)
class TensorResult:
    """What was found of one tensor: an argument or a leaf of one.

    Attributes:
        name: the argument's name or path.
        shape, dtype: of the tensor.
        rows: its derivatives: every entry, or random directions and the entries located with their help.
        diagnoses: what is likely to be wrong, the likeliest first.
        complete: whether every wrong entry was looked for to the end, so that those in ``rows`` are all.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    rows: tuple[Row, ...]
    diagnoses: tuple[Diagnosis, ...] = ()
    complete: bool = True

    @property
    def verdict(self) -> Verdict:
        """FAIL if one row fails; PASS if every row passes; else UNDECIDED."""
        return combined(row.verdict for row in self.rows)

    @property
    def worst(self) -> tuple[Row, ...]:
        """The rows with those first that most deserve a look."""
        return tuple(sorted(self.rows, key=_urgency))

    @property
    def detectable(self) -> float:
        """The smallest error that would have been seen in every entry that passed; NaN where none did."""
        passed = [row.detectable for row in self.rows if row.verdict is Verdict.PASS]
        return max(passed, default=math.nan)

    @property
    def reason(self) -> str:
        """Why the verdict is not PASS."""
        return next((row.reason for row in self.worst if row.verdict is self.verdict and row.reason), "")


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of :func:`chainrule.check`; true only for PASS.

    Attributes:
        tensors: one for each tensor that was checked.
        method: "central" or "forward".
        mode: "auto", "fast" or "full".
        evaluations: how often f was evaluated.
        seed: the seed as given; None for a generator.
        output_shape: of f's output; () for a scalar.
        findings: what is odd about f or what was given.
        curves: quotients against steps, for the worst row of each tensor.
        refusal: why nothing could be checked at all, where that is so.
        seconds: how long the check took.
        function: what f is called, and where it is defined.
    """

    tensors: tuple[TensorResult, ...]
    method: str = "central"
    mode: str = "auto"
    evaluations: int = 0
    seed: int | None = field(default=0, compare=False)
    output_shape: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()
    curves: tuple[Curve, ...] = field(default=(), compare=False)
    refusal: str = ""
    seconds: float = field(default=math.nan, compare=False)
    function: str = field(default="", compare=False)

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every derivative that was checked."""
        return tuple(row for tensor in self.tensors for row in tensor.rows)

    @property
    def diagnoses(self) -> dict[str, tuple[Diagnosis, ...]]:
        """What is likely to be wrong, by tensor, where something is."""
        return {tensor.name: tensor.diagnoses for tensor in self.tensors if tensor.diagnoses}

    @property
    def verdict(self) -> Verdict:
        """FAIL if one row fails; PASS if every row passes and nothing speaks against it; else UNDECIDED."""
        found = combined(tensor.verdict for tensor in self.tensors)
        withheld = self.refusal or any(finding.fatal for finding in self.findings)
        return Verdict.UNDECIDED if withheld and found is Verdict.PASS else found

    @property
    def detectable(self) -> float:
        """The smallest error that would have been seen in every entry that passed; NaN where none did."""
        passed = [row.detectable for row in self.rows if row.verdict is Verdict.PASS]
        return max(passed, default=math.nan)

    @property
    def worst(self) -> Row | None:
        """The row that most deserves a look: a FAIL before an UNDECIDED, and the largest error in bounds."""
        return min(self.rows, key=_urgency, default=None)

    def __bool__(self) -> bool:
        return self.verdict is Verdict.PASS

    def raise_if_failed(self) -> None:
        """Raise :class:`GradientError` on FAIL. ``assert report`` is stricter: it refuses UNDECIDED too."""
        __tracebackhide__ = True  # pytest shows the line that called this
        if self.verdict is Verdict.FAIL:
            raise GradientError(str(self))

    def __str__(self) -> str:
        from .reporting import plain

        return plain(self)

    def __rich__(self) -> Any:
        """What ``rich.print`` shows: the same text, in colour."""
        from .reporting import renderable

        return renderable(self)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from .reporting import fragment

        return fragment(self)

    def to_html(self) -> str:
        """The report as one HTML page that needs nothing else, light or dark as its reader prefers.

        It has the error-against-step plots where matplotlib is installed (the extra ``plot``).
        """
        from .reporting import page

        return page(self)

    def to_latex(self) -> str:
        """The report as LaTeX to be put into a document; it needs no package."""
        from .reporting import latex

        return latex(self)

    def to_json(self) -> str:
        """Everything the report holds as one JSON object; what is not a finite number is null.

        >>> import json, numpy as np, chainrule as cr
        >>> report = json.loads(cr.check(np.sin, np.cos, at=0.5).to_json())
        >>> report["verdict"], report["tensors"][0]["rows"][0]["name"]
        ('PASS', 'x')
        """
        from .reporting import as_json

        return as_json(self)

    def plot(self) -> Figure:
        """The error of each difference quotient against its step, a panel for the worst row of each tensor.

        Returns:
            A matplotlib ``Figure``; ``report.plot().savefig("errors.png")``.

        Raises:
            ArgumentError: nothing was measured.
            MissingExtraError: matplotlib is not installed (the extra ``plot``).

        Source: the lecture, "Gradient check", whose quotient is the one called forward.
        """
        from .reporting import figure

        return figure(self)


def combined(verdicts: Iterable[Verdict]) -> Verdict:
    """FAIL if there is one; PASS if there are only PASSes, and at least one; else UNDECIDED."""
    found = set(verdicts)
    if Verdict.FAIL in found:
        return Verdict.FAIL
    return Verdict.PASS if found == {Verdict.PASS} else Verdict.UNDECIDED


def _urgency(row: Row) -> tuple[Any, ...]:
    order = [Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS]
    return order.index(row.verdict), -_in_bounds(row)


def _in_bounds(row: Row) -> float:
    """The difference measured in bounds; NaN counts as infinitely far."""
    if row.difference == 0:
        return 0.0
    distance = abs(row.difference) / row.bound if row.bound else math.inf
    return math.inf if math.isnan(distance) else distance
