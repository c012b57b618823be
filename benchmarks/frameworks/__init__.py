"""The gradient check on functions of real PyTorch and JAX: right ones, and ones wrong as people get them."""
