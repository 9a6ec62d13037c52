"""Shipments, consolidation, tracking."""
