"""Densities of the digits: probabilistic PCA beside a full Gaussian, and images drawn from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.cli.demo.pictures import image, side_by_side
from chainrule.cli.screen import Screen
from chainrule.latent import PPCA, Gaussian

COMPONENTS = 20
FEW = 100
SEED = 0
SAMPLES = 4
BRIGHTEST = 16


@dataclass(frozen=True, slots=True)
class Comparison:
    """How likely held-out images are, in nats an image, under two densities of the same training images."""

    images: int
    ppca: float
    gaussian: float


@dataclass(frozen=True, slots=True, eq=False)
class Densities:
    """Comparisons at two sizes of the training set, the PPCA of the larger, and images drawn from it."""

    few: Comparison
    all: Comparison
    ppca: PPCA
    samples: NDArray[np.float64]

    def facts(self) -> dict[str, Any]:
        """For machines."""
        return {
            "components": COMPONENTS,
            "sigma2": self.ppca.sigma2,
            "held_out_log_likelihood": [
                {"images": each.images, "ppca": each.ppca, "gaussian": each.gaussian}
                for each in (self.few, self.all)
            ],
        }


def fit_densities(train: NDArray[np.float64], test: NDArray[np.float64]) -> Densities:
    """Fit both densities to images, rows of whole numbers of shape (images, pixels).

    Pixels that are 0 in every image make the covariance singular, and whole numbers have no density at all.
    Adding to each a uniform number from -½ to ½ spreads it over its own unit interval: the mean of the
    log-density then is a lower bound of the log-probability of the whole numbers.

    Source: Theis, van den Oord and Bethge 2016, "A note on the evaluation of generative models".
    """
    rng = np.random.default_rng(SEED)
    seen, unseen = (rows + rng.uniform(-0.5, 0.5, rows.shape) for rows in (train, test))
    few = rng.choice(len(seen), FEW, replace=False)
    ppca = PPCA(COMPONENTS).fit(seen)
    return Densities(
        _compare(PPCA(COMPONENTS).fit(seen[few]), seen[few], unseen),
        _compare(ppca, seen, unseen),
        ppca,
        ppca.sample(SAMPLES, SEED),
    )


def show_densities(screen: Screen, found: Densities) -> None:
    """The two comparisons, and the samples as pictures."""
    screen.explain(
        "Some pixels are blank in every image, so the covariance of the 64 pixels is singular and there is "
        "no density. Here each whole number is spread evenly over its unit interval."
    )
    header = (
        "held-out log-likelihood, nats an image",
        f"PPCA, {COMPONENTS} components",
        "full Gaussian",
    )
    rows = [
        (f"fitted to {each.images:,} images", f"{each.ppca:.2f}", f"{each.gaussian:.2f}")
        for each in (found.few, found.all)
    ]
    screen.table(header, rows)
    screen.explain(
        "From few images PPCA, which has fewer numbers to learn, learns more; from many the Gaussian does."
    )
    noise = f"{found.ppca.sigma2:.2f}"
    screen.explain(f"\nDrawn from PPCA in two steps, h ~ N(0, I), then x | h ~ N(W h + b, {noise} I):\n")
    screen.say(side_by_side([image(row, BRIGHTEST) for row in found.samples]))


def _compare(ppca: PPCA, seen: NDArray[np.float64], unseen: NDArray[np.float64]) -> Comparison:
    return Comparison(len(seen), ppca.score(unseen), Gaussian().fit(seen).score(unseen))
