"""How each library computes a whole Jacobian."""
