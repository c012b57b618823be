"""What a line's rule is called, by the operations that it differentiates."""

from __future__ import annotations

from ..graph import Node
from .anchors import MATRIX_PRODUCTS, SUMS, VIEWS
from .formula import Formula
from .segments import Anchor, relevant_nodes
from .styling import styled
from .writers.plain_notation import PlainNotation
from .writing import write

SPECIAL = {
    "softmax": "the softmax",
    "log_softmax": "the logarithm of the softmax",
    "logsumexp": "log Σ exp, whose gradient is the softmax",
    "logabsdet": "the log-determinant, whose gradient is the transposed inverse",
    "det": "the determinant, whose gradient is the matrix of cofactors",
    "inv": "the inverse: dA⁻¹ = −A⁻¹ dA A⁻¹",
    "solve": "the solution of linear equations: d(A⁻¹B) = A⁻¹ dB − A⁻¹ dA A⁻¹B",
    "cholesky": "the Cholesky factor: dL = L Φ(L⁻¹ dA L⁻ᵀ)",
    "max": "the maximum: 1 at its place, shared where several tie",
    "min": "the minimum: 1 at its place, shared where several tie",
    "prod": "the product: each factor's derivative is the product of the others",
    "cumsum": "running sums",
    "cumprod": "running products",
    "gather": "picking elements",
    "slice": "picking elements",
    "concatenate": "joining arrays",
    "eigh": "eigenvalues and eigenvectors",
    "eigvalsh": "the eigenvalues: dλ = diag(Vᵀ dA V)",
    "svdvals": "the singular values: ds = diag(Uᵀ dA V)",
    "qr": "the QR decomposition",
    "pinv": "the pseudo-inverse",
    "svd": "singular values and vectors",
}


def jacobian_rule(target: Anchor, source: Anchor, form: Formula) -> str:
    """The rule of ∂target/∂source."""
    nodes = _essential(target, source)
    special = _special(nodes)
    if special:
        return f"Jacobian of {special}"
    if not target.node.ndim and not source.node.ndim:
        return "derivative of a function of numbers"
    if not nodes:
        return _moving_rule(target, source)
    if all(node.primitive.elementwise for node in nodes):
        same = target.node.shape == source.node.shape
        return "Jacobian of an element-wise map is diagonal" if same else "element-wise, of a repeated value"
    if all(node.op in MATRIX_PRODUCTS for node in nodes):
        if source.node.ndim < 2:
            return "Jacobian of a linear map is its matrix"
        return f"vectorise {source.name.text} (rows one after the other): a Kronecker product"
    return "Jacobian of a composition: the product of the Jacobians"


def gradient_rule(users: list[Anchor], source: Anchor, forms: list[Formula | None]) -> str:
    """The rule of ∇_source J."""
    if len(users) > 1:
        return f"chain rule over {len(users)} paths: their sum"
    (target,) = users
    nodes = _essential(target, source)
    special = _special(nodes)
    if special:
        return f"derivative of {special}"
    if not target.node.ndim and not source.node.ndim:
        return "chain rule"
    if not nodes and target.node.ndim > source.node.ndim:
        return "sum over the batch" if target.node.ndim == 2 else "sum over what it was repeated along"
    if not nodes:
        return "the Jacobian is ± the identity, or moves elements only"
    if all(node.primitive.elementwise for node in nodes) and target.node.shape == source.node.shape:
        return "multiply by the diagonal Jacobian: element by element"
    matrix_product = all(node.op in MATRIX_PRODUCTS for node in nodes)
    if matrix_product and source.node.ndim == 2 and forms[0] is not None:
        form = write(styled(forms[0]), PlainNotation())
        return f"vectorise {source.name.text}, multiply by {form}, un-vectorise"
    if matrix_product:
        return "multiply by the transposed matrix"
    return "chain rule"


def _moving_rule(target: Anchor, source: Anchor) -> str:
    if target.node.type.size == source.node.type.size:
        return "Jacobian of a sum by one term is the identity"
    return "Jacobian of a repeated or summed value"


def _essential(target: Anchor, source: Anchor) -> list[Node]:
    """The operations between, without sums and views."""
    skipped = VIEWS - {"slice"} | SUMS
    return [node for node in relevant_nodes(target, source) if node.op not in skipped]


def _special(nodes: list[Node]) -> str | None:
    return next((SPECIAL[node.op] for node in nodes if node.op in SPECIAL), None)
