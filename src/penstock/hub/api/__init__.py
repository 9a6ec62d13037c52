"""The JSON door of the whole house: every room's router under /api/v1."""
