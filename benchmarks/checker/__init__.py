"""The gradient check measured on functions, points and mistakes drawn from a seed, and beside its peers."""
