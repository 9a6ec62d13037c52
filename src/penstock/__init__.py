"""Penstock: the operating system of a service-oriented manufacturing network."""

from importlib.metadata import version

__version__ = version("penstock")
