"""Jacobians at a point: as matrices, dense and sparse, in blocks, and as products that form no matrix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import tree
from ..calculus import Plan, jacobian_graph, plan_jacobian, pull_graph, push_graph
from ..graph import Graph, Node, Shape, cast
from ..tracing import Traced
from .jacobian_plan import JacobianPlan, extent
from .operators import Operator
from .specialise import Compile, Executable, Specialisation
from .vectors import join, leaves_of, split, total

if TYPE_CHECKING:
    from scipy.sparse import csr_array


class Jacobian(Operator):
    """∂f/∂x at one point: rows are outputs, columns inputs. Products with vectors do not form the matrix.

    Attributes:
        shape: (outputs, inputs).
        rows, columns: for each output and each input by name, the slice of the matrix that is its own.

    >>> import numpy as np, chainrule as cr
    >>> J = cr.jacobian(lambda x: np.stack([x[0] * x[1], x[0]]))(np.array([3.0, 4.0]))
    >>> J.shape, J @ np.array([1.0, 10.0]), np.array([1.0, 1.0]) @ J
    ((2, 2), array([34.,  1.]), array([5., 3.]))
    """

    symmetric = False

    def __init__(self, special: Specialisation, arrays: Sequence[Any], compile: Compile) -> None:
        """``arrays``: the point; they are read when something is computed, and must be the same then."""
        self._special = special
        self._arrays = arrays
        self._compile = compile

    @property
    def shape(self) -> tuple[int, int]:  # type: ignore[override]
        return total(self._outputs), total(self._inputs)

    @property
    def _outputs(self) -> Sequence[Node]:
        return self._special.graph.outputs

    @property
    def _inputs(self) -> Sequence[Node]:
        return self._special.wrt()

    @property
    def dtype(self) -> np.dtype:  # type: ignore[override]
        return self._plan.task.dtype

    @property
    def _plan(self) -> Plan:
        """Made once for all points of these shapes."""
        known = self._special.executables
        if "plan" not in known:
            known["plan"] = plan_jacobian(self._special.graph, self._inputs, symmetric=self.symmetric)
        plan: Plan = known["plan"]
        return plan

    @property
    def plan(self) -> JacobianPlan:
        """How the matrix is computed, why, and what it costs beside pure forward and pure reverse mode."""
        return JacobianPlan(self._plan, lambda: self._in_blocks().graph)

    @property
    def value(self) -> Any:
        """f itself at this point."""
        run = self._special.executable("value", lambda graph, wrt: graph, self._compile)
        return tree.unflatten(self._special.output, run(self._arrays))

    def matrix(self) -> Any:
        """The Jacobian as a matrix of shape (outputs, inputs), each side in C order."""
        (matrix,) = self._executable("matrix", lambda graph: self._plan.blocks(1).matrix())(self._arrays)
        return matrix

    def sparse(self) -> csr_array:
        """The Jacobian as a SciPy CSR array; its entries are those that may be non-zero."""
        from scipy.sparse import csr_array

        known = self._special.executables
        (data,) = self._executable("sparse", self._sparse_graph)(self._arrays)
        pattern = known["pattern of sparse"]
        places = (np.ascontiguousarray(data), pattern.indices.copy(), pattern.indptr.copy())
        return csr_array(places, shape=pattern.shape)

    def _sparse_graph(self, graph: Graph) -> Node:
        data, pattern = self._plan.sparse()
        self._special.executables["pattern of sparse"] = _with_short_indices(pattern)
        return data

    def pattern(self) -> csr_array:
        """Where the matrix may be non-zero at any point, as a SciPy CSR array of booleans.

        ``np.where`` and ``np.maximum`` count all their branches, an index that is an argument every place.
        """
        return self._plan.task.whole_pattern().copy()

    def diagonal_blocks(self) -> Any:
        """The blocks on the diagonal, outside which the matrix is known to be zero: (blocks, rows, columns).

        For a function that treats the rows of a batch alike they are the Jacobians of its rows.
        """
        (found,) = self._in_blocks()(self._arrays)
        return found

    def _in_blocks(self) -> Executable:
        blocks = self._plan.task.structure.blocks
        return self._executable("diagonal blocks", lambda graph: self._plan.blocks(blocks).blocks)

    def blocks(self) -> dict[str, dict[str, Any]]:
        """The matrix cut into ∂output/∂input for each output and each input by name."""
        matrix = self.matrix()
        return {
            output: {name: matrix[rows, columns] for name, columns in self.columns.items()}
            for output, rows in self.rows.items()
        }

    @property
    def columns(self) -> dict[str, slice]:
        return _slices([node.params["label"] for node in self._inputs], self._inputs)

    @property
    def rows(self) -> dict[str, slice]:
        names = tree.paths(self._special.output)
        return _slices([name or self._special.graph.title for name in names], self._outputs)

    def push(self, v: Any) -> Any:
        """J·v, forward mode: v has the shape of the argument (a tuple for several), the result that of f."""
        leaves, batch = leaves_of(v, self._special.structure, self._inputs)
        return tree.unflatten(self._special.output, self._pushed(leaves, batch))

    def pull(self, p: Any) -> Any:
        """pᵀ·J, reverse mode: p has the shape of f's output, the result that of the argument."""
        leaves, batch = leaves_of(p, self._special.output, self._outputs)
        return self._special.assembled(self._pulled(leaves, batch))

    def times(self, v: Any) -> Any:
        pieces = split(v, self._inputs)
        batch = () if np.ndim(v) == 1 else (np.shape(v)[1],)
        return join(self._pushed(pieces, batch), bool(batch)).T

    def __rmatmul__(self, p: Any) -> Any:
        pieces = split(np.transpose(p), self._outputs)
        batch = () if np.ndim(p) == 1 else (np.shape(p)[0],)
        return join(self._pulled(pieces, batch), bool(batch))

    def __str__(self) -> str:
        return f"{type(self).__name__} of {self._special.graph.title}: {extent(*self.shape)}"

    def __repr__(self) -> str:
        return f"<{self}>"

    def _pushed(self, leaves: Sequence[Any], batch: Shape) -> list[Any]:
        make = partial(push_graph, batch=batch)
        return self._special.executable(("push", batch), make, self._compile)([*self._arrays, *leaves])

    def _pulled(self, leaves: Sequence[Any], batch: Shape) -> list[Any]:
        make = partial(pull_graph, batch=batch)
        return self._special.executable(("pull", batch), make, self._compile)([*self._arrays, *leaves])

    def _executable(self, key: str, make: Callable[[Graph], Node]) -> Executable:
        return self._special.executable(
            key, lambda graph, wrt: jacobian_graph(graph, cast(make(graph), self.dtype)), self._compile
        )


def _with_short_indices(pattern: csr_array) -> csr_array:
    """A pattern whose indices take four bytes where that is enough, as SciPy's own matrices have them."""
    from scipy.sparse import csr_array, get_index_dtype

    dtype = get_index_dtype(maxval=max(*pattern.shape, pattern.nnz))
    indices, starts = (places.astype(dtype) for places in (pattern.indices, pattern.indptr))
    return csr_array((pattern.data, indices, starts), shape=pattern.shape)


def copies(arrays: Sequence[Any]) -> list[Any]:
    """The arrays of a point as they stay, whatever becomes of the caller's."""
    return [array if isinstance(array, Traced) else np.array(array) for array in arrays]


def _slices(names: Sequence[str], nodes: Sequence[Node]) -> dict[str, slice]:
    """Which rows, or columns, belong to each node; a name that comes again is numbered."""
    found: dict[str, slice] = {}
    uses: Counter[str] = Counter()
    start = 0
    for name, node in zip(names, nodes, strict=True):
        uses[name] += 1
        key = name if uses[name] == 1 else f"{name} ({uses[name]})"
        found[key] = slice(start, start + node.type.size)
        start += node.type.size
    return found
