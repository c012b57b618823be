"""Neural networks and latent-variable models whose every derivative you can see, check and trust."""

__version__ = "0.1.0"
