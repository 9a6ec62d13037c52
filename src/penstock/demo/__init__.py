"""A living demo network: fictitious firms, generated parts, and orders made by calling the real services."""
