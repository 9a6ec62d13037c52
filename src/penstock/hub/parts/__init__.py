"""Uploaded models, revisions, their measurements, who may see them."""
