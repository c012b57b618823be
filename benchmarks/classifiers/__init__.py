"""How each library's estimator of a network is made, one that classifies or one that predicts numbers."""
