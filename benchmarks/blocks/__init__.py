"""How each contestant trains layers with batch normalisation and dropout."""
