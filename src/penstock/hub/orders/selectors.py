"""Reads: the basket with its delivery choices, orders with their lines."""
