"""How each library's estimator of a network that classifies is made."""
