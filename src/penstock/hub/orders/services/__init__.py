"""The verbs of the order room."""
