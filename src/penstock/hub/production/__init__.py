"""Makers, machines, jobs, dispatch waves, offers, builds, progress."""
