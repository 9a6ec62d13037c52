"""Inspections, complaints, remedies, makers' records."""
