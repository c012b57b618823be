"""A plain VAE in PyTorch, and zuko's flows, trained by one loop."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch  # type: ignore[import-not-found]
from torch import nn
from torch.nn import functional  # type: ignore[import-not-found]

from . import Fit

SAMPLES = 1000


def _train(fit: Fit, parameters: Any, loss: Callable[[Any], Any]) -> None:
    rows = torch.from_numpy(fit.train)
    steps = fit.epochs * math.ceil(len(rows) / fit.batch_size)
    optimiser = torch.optim.Adam(parameters, lr=fit.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(fit.epochs):
        for batch in torch.randperm(len(rows)).split(fit.batch_size):
            optimiser.zero_grad()
            loss(rows[batch]).backward()
            optimiser.step()
            schedule.step()


def zuko_flow(fit: Fit) -> Callable[[], float]:
    """zuko's coupling flows, on columns of mean 0 and variance 1."""
    import zuko  # type: ignore[import-not-found]

    torch.manual_seed(0)
    mean, deviation = (torch.from_numpy(each) for each in (fit.train.mean(axis=0), fit.train.std(axis=0)))
    features = fit.train.shape[1]
    common = {"transforms": fit.depth, "hidden_features": fit.hidden, "passes": 2}
    model = (
        zuko.flows.NSF(features, bins=8, **common)
        if fit.kind == "spline"
        else zuko.flows.MAF(features, **common)
    )
    _train(fit, model.parameters(), lambda x: -model().log_prob((x - mean) / deviation).mean())

    def score() -> float:
        with torch.no_grad():
            scaled = (torch.from_numpy(fit.test) - mean) / deviation
            return float(model().log_prob(scaled).mean() - deviation.log().sum())

    return score


def vae(fit: Fit) -> Callable[[], float]:
    """The networks and the loss of Chainrule's VAE, as a person would write them in PyTorch."""
    torch.manual_seed(0)
    pixels, k = fit.train.shape[1], fit.depth
    encoder, decoder = _dense([pixels, *fit.hidden, 2 * k]), _dense([k, *fit.hidden[::-1], pixels])
    centre = torch.from_numpy(fit.train.mean(axis=0))

    def encode(x: Any) -> tuple[Any, Any]:
        mean, log_std = encoder(x - centre).chunk(2, dim=-1)
        return mean, log_std

    def log_likelihood(h: Any, x: Any) -> Any:
        logits = decoder(h)
        return -functional.binary_cross_entropy_with_logits(
            logits, x.expand_as(logits), reduction="none"
        ).sum(-1)

    def loss(x: Any) -> Any:
        mean, log_std = encode(x)
        h = mean + log_std.exp() * torch.randn_like(mean)
        divergence = (0.5 * (mean**2 + (2 * log_std).exp() - 1) - log_std).sum(-1)
        return (divergence - log_likelihood(h, x)).mean()

    _train(fit, [*encoder.parameters(), *decoder.parameters()], loss)

    def score() -> float:
        with torch.no_grad():
            values = []
            for x in torch.from_numpy(fit.test).split(16):
                mean, log_std = encode(x)
                noise = torch.randn(SAMPLES, *mean.shape)
                h = mean + log_std.exp() * noise
                weight = log_likelihood(h, x) + (0.5 * (noise**2 - h**2) + log_std).sum(-1)
                values.append(weight.logsumexp(0) - math.log(SAMPLES))
            return float(torch.cat(values).mean())

    return score


def _dense(sizes: list[int]) -> Any:
    layers: list[Any] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.Tanh()]
    return nn.Sequential(*layers[:-1])
