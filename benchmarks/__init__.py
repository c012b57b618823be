"""Chainrule beside its peers: ratios of medians from one interleaved run (see README.md)."""
