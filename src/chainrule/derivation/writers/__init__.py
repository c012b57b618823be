"""Derivations as text, LaTeX, a page, and NumPy source."""
