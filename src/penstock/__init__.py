"""Penstock: the operating system of a service-oriented manufacturing network."""
