"""Transposed products are computed in the order in which they are wanted, with the values of NumPy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution import compile_reference
from chainrule.execution.native.passes.turning import with_turned_products
from chainrule.graph import Graph, Node, build

RNG = np.random.default_rng(12)
M, W, B = RNG.normal(size=(7, 6)), RNG.normal(size=(3, 6)), RNG.normal(size=(6, 5))


def masked(M: Any, W: Any) -> Any:
    return np.where(M > 0, W[:, None] + 1, 0.0)


TURNED: dict[str, Callable[[Any, Any, Any], Any]] = {
    "two axes": lambda M, W, B: np.transpose(masked(M, W) @ B, (1, 0, 2)),
    "three axes": lambda M, W, B: np.transpose((M[:, None, None] * W[:, None]) @ B, (2, 0, 1, 3)),
    "of what is transposed": lambda M, W, B: np.transpose(
        np.exp(np.transpose(W[:, :, None] * M.T, (2, 0, 1))) @ B, (1, 0, 2)
    ),
    "under a sum": lambda M, W, B: np.sum(np.transpose(np.exp(M[:, None] + W) @ B, (1, 0, 2)), axis=0),
}
AS_THEY_ARE: dict[str, Callable[[Any, Any, Any], Any]] = {
    "used otherwise too": lambda M, W, B: (
        lambda product: np.transpose(product, (1, 0, 2)) + np.sum(product)
    )(masked(M, W) @ B),
    "the operand too": lambda M, W, B: (lambda rows: np.transpose(rows @ B, (1, 0, 2)) * np.sum(rows))(
        masked(M, W)
    ),
    "rows taken apart": lambda M, W, B: np.transpose(masked(M, W) @ B, (2, 0, 1)),
    "times a vector": lambda M, W, B: np.transpose(masked(M, W) @ B[:, 0]),
    "a batch": lambda M, W, B: np.transpose(masked(M, W) @ (W[:, :, None] * B), (1, 0, 2)),
    "what lies in memory": lambda M, W, B: np.transpose(np.reshape(M, (2, 7, 3)) @ B[:3], (1, 0, 2)),
}


def test_values_are_those_of_numpy() -> None:
    def together(M: Any, W: Any, B: Any) -> list[Any]:
        return [f(M, W, B) for f in (TURNED | AS_THEY_ARE).values()]

    for found, expected in zip(cr.compile(together)(M, W, B), together(M, W, B), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def transposes_of_products(graph: Graph) -> int:
    products = [node for node in graph.nodes if "einsum" in node.op]
    assert products
    return sum(node.op == "transpose" and node.inputs[0] in products for node in graph.nodes)


@pytest.mark.parametrize("absorbing", [False, True])
@pytest.mark.parametrize("name", TURNED)
def test_no_product_is_copied_to_another_order(name: str, absorbing: bool) -> None:
    """Those of a gradient's, of which 0·∞ is 0, are turned as well."""
    graph = cr.trace(TURNED[name], M, W, B).graph
    if absorbing:
        graph = with_absorbing_products(graph)
    turned = with_turned_products(graph)
    assert (transposes_of_products(graph), transposes_of_products(turned)) == (1, 0)
    (found,), (expected,) = (compile_reference(g)(M, W, B) for g in (turned, graph))
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-14)


def with_absorbing_products(graph: Graph) -> Graph:
    done: dict[Node, Node] = {node: node for node in graph.inputs}
    for node in (node for node in graph.nodes if node not in done):
        inputs = tuple(done[x] for x in node.inputs)
        absorbs = node.op == "einsum"
        done[node] = (
            build("absorbing_einsum", *inputs, **node.params) if absorbs else node.with_inputs(inputs)
        )
    return Graph(graph.inputs, tuple(done[x] for x in graph.outputs), {}, graph.title)


@pytest.mark.parametrize("name", AS_THEY_ARE)
def test_other_products_stay_as_they_are(name: str) -> None:
    graph = cr.trace(AS_THEY_ARE[name], M, W, B).graph
    assert transposes_of_products(graph)
    assert with_turned_products(graph).nodes == graph.nodes


def test_what_is_an_output_as_well_stays_as_it_is() -> None:
    def both(M: Any, W: Any, B: Any) -> Any:
        product = masked(M, W) @ B
        return product, np.transpose(product, (1, 0, 2))

    graph = cr.trace(both, M, W, B).graph
    assert with_turned_products(graph).nodes == graph.nodes
