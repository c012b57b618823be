"""Normalizing flows fitted to two moons: how long the fit takes, and how well it does on other rows."""

from __future__ import annotations

import sys
from time import perf_counter

from .contestants import Contestant, taking_part
from .densities import Fit, Fitter, two_moons
from .measurement import Measurement

NOISE = 0.1


def cases() -> list[Fit]:
    """The flows of the table."""
    train, test = two_moons(10_000, NOISE, seed=0), two_moons(20_000, NOISE, seed=1)
    return [
        Fit("two moons, 8 affine couplings", "affine", train, test, 8, (64, 64), 256, 40, 0.005),
        Fit("two moons, 4 spline couplings", "spline", train, test, 4, (32, 32), 256, 40, 0.005),
    ]


def measure(contestants: list[Contestant], rounds: int, case: str) -> list[Measurement]:
    """Every case whose name contains ``case``."""
    return measure_fits(contestants, rounds, [fit for fit in cases() if case in fit.name], "flows")


def measure_fits(
    contestants: list[Contestant], rounds: int, fits: list[Fit], benchmark: str
) -> list[Measurement]:
    """Seconds of whole fits, compiling included, and the negative log-likelihoods that they reach."""
    drivers = {who.name: who.prepare(benchmark) for who in taking_part(contestants, benchmark)}
    found = []
    for fit in fits:
        for name, driver in drivers.items():
            print(f"  {fit.name}: {name}", file=sys.stderr, flush=True)
            seconds, nats = zip(*(_fitted(driver, fit) for _ in range(rounds)), strict=True)
            found += [
                Measurement(f"{fit.name}: fit", name, "seconds", seconds),
                Measurement(f"{fit.name}: held-out loss", name, "nats", nats),
            ]
    return found


def _fitted(driver: Fitter, fit: Fit) -> tuple[float, float]:
    start = perf_counter()
    score = driver(fit)
    seconds = perf_counter() - start
    return seconds, -score()
