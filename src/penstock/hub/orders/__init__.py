"""Baskets, orders, lines, promises."""
