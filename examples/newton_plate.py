"""The temperature of a glowing plate: Newton's method on 100,000 equations with a sparse Jacobian.

A plate of metal, 1 m square, is heated by a burner below its middle. It conducts the heat, the better the
hotter it is, radiates it from both faces by T⁴, and its rim is cooled to 300 K. In every cell of a grid what
flows in equals what flows out. The equations are written in plain NumPy; the Jacobian's pattern, the few
passes that find it and the derivatives themselves come from the graph.

Run it from anywhere: python examples/newton_plate.py
"""

import time

import numpy as np
from scipy.sparse.linalg import splu

import chainrule as cr

N = 316  # cells along a side: 99,856 unknowns
WIDTH = 1.0 / N  # of a cell, m
THICKNESS = 0.01  # of the plate, m
COLD = 300.0  # temperature of the rim and the surroundings, K
RADIATION = 2 * 0.8 * 5.670374e-8  # of both faces, with emissivity 0.8, W/m²K⁴

middle = (np.arange(N) + 0.5) * WIDTH - 0.5
burner = 2e5 * np.exp(-(middle[:, None] ** 2 + middle**2) / (2 * 0.1**2))  # W/m²


def conducted(T):
    """The heat that leaves each cell through its four sides, W: −k(T) ∂T/∂n, k growing with T."""
    T = np.concatenate([np.full((1, N), COLD), T, np.full((1, N), COLD)])
    T = np.concatenate([np.full((N + 2, 1), COLD), T, np.full((N + 2, 1), COLD)], axis=1)
    k = 15.0 + 0.01 * (T - COLD)  # W/mK
    down = 0.5 * (k[:-1] + k[1:]) * (T[:-1] - T[1:]) * THICKNESS  # from each row to the next
    right = 0.5 * (k[:, :-1] + k[:, 1:]) * (T[:, :-1] - T[:, 1:]) * THICKNESS
    return (down[1:, 1:-1] - down[:-1, 1:-1]) + (right[1:-1, 1:] - right[1:-1, :-1])


def radiated(T):
    """The heat that each cell radiates away, W."""
    return RADIATION * (T**4 - COLD**4) * WIDTH**2


def balance(T):
    """What leaves each cell less what the burner brings: 0 where the temperature is steady."""
    return conducted(T) + radiated(T) - burner * WIDTH**2


def main() -> None:
    jacobian = cr.jacobian(balance)
    T = np.full((N, N), COLD)
    start = time.perf_counter()
    history = []
    for step in range(1, 31):
        J = jacobian(T)
        residual = J.value
        history.append(np.abs(residual).max())
        if history[-1] < 1e-12 * burner.max() * WIDTH**2 * N:
            break
        matrix = J.sparse().tocsc()
        change = splu(matrix, permc_spec="MMD_AT_PLUS_A").solve(-residual.ravel()).reshape(N, N)
        T = T + np.clip(change, -400, 400)  # far from the solution the full step would overshoot
        print(f"step {step}: largest imbalance {history[-1]:.2e} W, hottest {T.max():.1f} K")
    seconds = time.perf_counter() - start
    print(J.plan)
    print(f"{T.size:,} unknowns, {matrix.nnz:,} entries, {seconds:.1f} s")

    # All heat that the burner brings is radiated or flows out through the rim.
    heat_in, heat_out = burner.sum() * WIDTH**2, radiated(T).sum() + conducted(T).sum()
    print(f"heat in {heat_in:.3f} W, out {heat_out:.3f} W")
    assert abs(heat_in - heat_out) < 1e-9 * heat_in
    assert np.allclose(T, T.T, rtol=1e-9)  # the plate is symmetric, and so is its temperature
    assert T.min() > COLD  # nothing is colder than the rim
    assert len(history) < 15
    assert sum(J.plan.passes) <= 8  # against 99,856 of pure forward mode

    # The Jacobian against differences along a random direction.
    v = np.random.default_rng(0).normal(size=(N, N))
    differences = (balance(T + 1e-3 * v) - balance(T - 1e-3 * v)) / 2e-3
    assert np.allclose((J.sparse() @ v.ravel()).reshape(N, N), differences, rtol=1e-6, atol=1e-8)


if __name__ == "__main__":
    main()
