"""Probabilistic PCA of handwritten digits: how many components, new digits, and what a digit's code is.

Run it from anywhere: python examples/ppca_digits.py
"""

from pathlib import Path

import numpy as np

import chainrule as cr

table = np.loadtxt(Path(__file__).parent / "data" / "digits.csv", delimiter=",", skiprows=1)
rng = np.random.default_rng(0)
order = rng.permutation(len(table))
pixels, labels = table[order, :-1], table[order, -1].astype(int)


def draw(image):
    """An 8 x 8 image of values 0 to 16, in characters."""
    shades = np.clip(image.reshape(8, 8) / 4, 0, 4).round().astype(int)
    return "\n".join("".join(" .+#@"[shade] * 2 for shade in row) for row in shades)


# Some pixels are blank in every image: the full Gaussian is flat there and has no density.
try:
    cr.latent.Gaussian().fit(pixels).score(pixels)
except cr.errors.DataError as error:
    print("whole-number pixels:", error.one_line())

# Spreading each whole number over its unit interval makes it a measurement that has one. With only
# 100 images to learn from, too many components learn noise: the held-out images say how many are worth it.
spread = pixels + rng.uniform(-0.5, 0.5, pixels.shape)
train, held_out = spread[:100], spread[100:]
models = [cr.latent.PPCA(k).fit(train) for k in (0, 2, 5, 10, 20, 30, 40, 50)]
train_scores, scores = ([model.score(rows) for model in models] for rows in (train, held_out))
gaussian = cr.latent.Gaussian().fit(train)
print("\ncomponents  sigma2    train  held-out   (log-likelihood in nats per image)")
for model, seen, unseen in zip(models, train_scores, scores, strict=True):
    print(f"{model.n_components:10d}  {model.sigma2:6.2f}  {seen:7.2f}  {unseen:8.2f}")
print(f"full Gaussian       {gaussian.score(train):7.2f}  {gaussian.score(held_out):8.2f}")
best = models[int(np.argmax(scores))]
assert (np.diff(train_scores) > 0).all()
assert 20 <= best.n_components <= 30
assert max(scores) > gaussian.score(held_out) + 20
assert np.isclose(best.sigma2, best.eigenvalues[best.n_components :].mean(), rtol=1e-12)

# New digits in the lecture's two steps: h ~ N(0, I), then x | h ~ N(W h + b, sigma2 I).
x, h = best.sample(20_000, seed=1, return_latent=True)
print(f"\nan image drawn from {best}, without its noise:\n{draw(best.decode(h[:1]))}")
assert np.abs(x.mean(axis=0) - best.mean).max() < 0.25
assert np.abs(np.cov(x.T) - best.covariance).max() < 2.0

# An image's code is the posterior mean of h; decoding it keeps most of what the pixels vary by.
posterior = best.encode(held_out)
restored = best.decode(posterior.mean)
kept = 1 - ((restored - held_out) ** 2).sum() / ((held_out - best.mean) ** 2).sum()
print(f"\na held-out {labels[100]}:\n{draw(pixels[100])}")
print(f"\nthe same from its code of {best.n_components} numbers:\n{draw(restored[0])}")
print(f"\nvariance that codes keep in held-out images: {kept:.1%}")
assert kept > 0.75
assert np.linalg.eigvalsh(posterior.covariance).max() < 1  # seeing an image narrows the prior
