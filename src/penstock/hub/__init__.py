"""First floor: the Django project - what persists, who may do it, what happens next."""
