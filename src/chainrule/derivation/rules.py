"""What a line's rule is called, by the operations that it differentiates."""

from __future__ import annotations

from ..graph import Node, is_literal
from .anchors import MATRIX_PRODUCTS, PRODUCTS, SUMS, VIEWS
from .arithmetic import coefficient, is_nothing
from .decompositions import DECOMPOSITIONS
from .formula import Formula, walk
from .segments import Anchor, relevant_nodes
from .styling import styled
from .writers.plain_notation import PlainNotation
from .writing import write

LINEAR = "Jacobian of a linear map is its matrix"
QUADRATIC = "Jacobian of a quadratic form"
SPECIAL = {
    "softmax": "the softmax",
    "log_softmax": "the logarithm of the softmax",
    "logsumexp": "log Σ exp, whose gradient is the softmax",
    "logabsdet": "the log-determinant, whose gradient is the transposed inverse",
    "det": "the determinant, whose gradient is the matrix of cofactors",
    "inv": "the inverse: dA⁻¹ = −A⁻¹ dA A⁻¹",
    "solve": "the solution of linear equations: d(A⁻¹B) = A⁻¹ dB − A⁻¹ dA A⁻¹B",
    "cholesky": "the Cholesky factor: dL = L Φ(L⁻¹ dA L⁻ᵀ)",
    "max": "the maximum: 1 at its place",
    "min": "the minimum: 1 at its place",
    "prod": "the product: each factor's derivative is the product of the others",
    "convolve": "a convolution, whose transpose is a correlation",
    "cross": "the cross product: d(a × b) = da × b + a × db",
    "cumsum": "running sums",
    "cumprod": "running products",
    "gather": "picking elements",
    "slice": "picking elements",
    "concatenate": "joining arrays",
    "eigh": "the eigenvalues and eigenvectors: with M = Vᵀ dA V, dλ = diag(M) and dV = V (M ⊘ gaps(λ))",
    "eigvalsh": "the eigenvalues: dλ = diag(Vᵀ dA V)",
    "svdvals": "the singular values: ds = diag(Uᵀ dA V)",
    "qr": "the QR decomposition",
    "pinv": "the pseudo-inverse",
    "svd": "the singular values and vectors: with M = Uᵀ dA V, ds = diag(M)",
}


def jacobian_rule(target: Anchor, source: Anchor, form: Formula) -> str:
    """The rule of ∂target/∂source."""
    if is_nothing(form):
        return "the Jacobian vanishes: all terms cancel, or are 0"
    nodes = _essential(target, source)
    special = _special(nodes)
    if special:
        return f"Jacobian of {special}"
    if not target.node.ndim and not source.node.ndim:
        linear = {target.symbol, source.symbol}.isdisjoint(walk(form))
        return "derivative of a linear function" if linear else "derivative of a function of numbers"
    if not nodes:
        return _moving_rule(target, source, form)
    if all(node.primitive.elementwise for node in nodes):
        same = target.node.type.size == source.node.type.size
        return "Jacobian of an element-wise map is diagonal" if same else "element-wise, of a repeated value"
    if all(node.op == "sum" for node in nodes):
        return LINEAR
    if all(node.op in MATRIX_PRODUCTS for node in nodes):
        if source.node.ndim < 2:
            return LINEAR if source.symbol not in set(walk(form)) else QUADRATIC
        return f"vectorise {source.name.text} (rows one after the other): a Kronecker product"
    return "Jacobian of a composition: the product of the Jacobians"


def gradient_rule(users: list[Anchor], source: Anchor, forms: list[Formula | None]) -> str:
    """The rule of ∇_source J."""
    if len(users) > 1:
        of_each = {_special(_essential(user, source)) for user in users}
        together = of_each.pop() if len(of_each) == 1 else None
        whole = together in [SPECIAL[op] for op in DECOMPOSITIONS]
        return f"derivative of {together}" if whole else f"chain rule over {len(users)} paths: their sum"
    (target,) = users
    nodes = _essential(target, source)
    special = _special(nodes)
    if special:
        return f"derivative of {special}"
    if not target.node.ndim and not source.node.ndim:
        return "chain rule"
    if not nodes:
        return _moved_rule(target, source, forms[0])
    if all(node.primitive.elementwise for node in nodes) and target.node.type.size == source.node.type.size:
        return "multiply by the diagonal Jacobian: element by element"
    matrix_product = all(node.op in MATRIX_PRODUCTS for node in nodes)
    if matrix_product and source.node.ndim == 2 and forms[0] is not None:
        form = write(styled(forms[0]), PlainNotation())
        return f"vectorise {source.name.text}, multiply by {form}, un-vectorise"
    if matrix_product and forms[0] is not None and source.symbol in set(walk(forms[0])):
        return "multiply by the transposed Jacobian"
    if matrix_product:
        return "multiply by the transposed matrix"
    return "chain rule"


def _moving_rule(target: Anchor, source: Anchor, form: Formula) -> str:
    if _multiplies_array(source, form):
        return LINEAR
    if target.node.type.size != source.node.type.size:
        return "Jacobian of a repeated or summed value"
    moves = {node.op for node in relevant_nodes(target, source)} & {"reshape", "transpose"}
    if not moves or target.node.shape == source.node.shape:
        return "Jacobian of a sum by one term is the identity"
    return (
        "a transpose moves elements" if "transpose" in moves else "a reshape keeps the order of the elements"
    )


def _moved_rule(target: Anchor, source: Anchor, form: Formula | None) -> str:
    """Of a gradient where only sums and views are between."""
    if form is not None and _multiplies_array(source, form):
        return "chain rule"
    if target.node.type.size > source.node.type.size:
        of_rows = target.node.ndim == 2 and source.node.ndim == 1
        return "sum over the batch" if of_rows else "sum over what it was repeated along"
    if target.node.shape != source.node.shape:
        return f"the same elements, in the shape of {source.name.text}"
    value, rest = (1.0, None) if form is None else coefficient(form)
    if rest is not None and rest.kind == "identity":
        return "the Jacobian is the identity" if value == 1 else "the Jacobian is a multiple of the identity"
    return "the Jacobian moves elements"


def _multiplies_array(source: Anchor, form: Formula) -> bool:
    """Whether a number stands before an array of other numbers than ones, σ² I."""
    return not source.node.ndim and any(part.kind in ("identity", "literal") for part in walk(form))


def _essential(target: Anchor, source: Anchor) -> list[Node]:
    """The operations between, without sums, views and multiples."""
    skipped = VIEWS - {"slice"} | SUMS
    nodes = [node for node in relevant_nodes(target, source) if node.op not in skipped]
    return [node for node in nodes if not (node.op in PRODUCTS and any(map(is_literal, node.inputs)))]


def _special(nodes: list[Node]) -> str | None:
    return next((SPECIAL[node.op] for node in nodes if node.op in SPECIAL), None)
