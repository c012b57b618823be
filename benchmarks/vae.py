"""A VAE fitted to digits: how long the fit takes, and how well it does on other digits."""

from __future__ import annotations

from .contestants import Contestant
from .densities import Fit, digits
from .flows import measure_fits
from .measurement import Measurement


def measure(contestants: list[Contestant], rounds: int, case: str) -> list[Measurement]:
    """The digits, if their name contains ``case``."""
    train, test = digits()
    fit = Fit("digits, VAE 64-128-128-10", "vae", train, test, 10, (128, 128), 64, 200, 0.002)
    return measure_fits(contestants, rounds, [fit] if case in fit.name else [], "vae")
