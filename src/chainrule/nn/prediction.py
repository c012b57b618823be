"""Predictions, one after the other: in NumPy at first, in machine code once that is worth compiling."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakMethod

from .. import compile as compiled
from ..arguments import Array
from ..errors import CompilationError
from ..lines import users_stacklevel

CALLS_WORTH_COMPILING = (
    500  # a call saves some ten microseconds, and compiling takes some hundredth of a second
)


class Predictor:
    """Answers calls with arrays of one shape in machine code, once there were enough of them.

    When that is depends on the number of calls alone, so that a program gives the same bits at each run.

    Args:
        apply: ``apply(parameters, inputs)``.
        parameters: arrays that do not change.
        inputs: makes an array that ``apply`` takes of what the caller gave.
        steady: whether ``apply`` depends on nothing else, which functions of the caller's own might.

    Attributes:
        quickest: the function to call with inputs.
    """

    def __init__(
        self,
        apply: Callable[[Any, Any], Array],
        parameters: Mapping[str, Array],
        inputs: Callable[[Any], Array],
        steady: bool,
    ) -> None:
        self.__wrapped__, self._parameters, self._inputs = apply, parameters, inputs
        self._steady = steady
        self._calls: Counter[tuple[int, ...]] = Counter()
        self._direct: dict[tuple[int, ...], Callable[..., Array]] = {}

    def _any(self, X: Any) -> Array:
        inputs = self._inputs(X)
        known = self._direct.get(inputs.shape)
        if known is not None and inputs.flags.c_contiguous and inputs.flags.aligned:
            return known(inputs)
        self._calls[inputs.shape] += 1
        if self._steady and self._calls[inputs.shape] == CALLS_WORTH_COMPILING:
            self._compile(inputs)
        return self.__wrapped__(self._parameters, inputs)

    quickest = _any  # of the class: held by itself, it would keep its arrays until garbage is collected

    def _compile(self, inputs: Array) -> None:
        any_other = WeakMethod(self._any)  # held by what it holds, it would be freed late

        def otherwise(X: Any) -> Array:
            answer = any_other()
            assert answer is not None  # this predictor holds the function that calls it
            return answer(X)

        try:
            direct = compiled(self.__wrapped__).direct(self._parameters, inputs, fixed=1, otherwise=otherwise)
        except CompilationError as error:
            message = f"predictions stay in NumPy: {error.one_line()}"
            warnings.warn(message, RuntimeWarning, stacklevel=users_stacklevel())
            return
        if direct is not None:
            self._direct[inputs.shape] = direct
            self.quickest = direct  # type: ignore[method-assign]
