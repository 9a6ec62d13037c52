"""Fills a database with orders and everything that hangs on them, for measurements."""
