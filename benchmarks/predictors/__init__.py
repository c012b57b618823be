"""How each contestant predicts one row with given weights."""
