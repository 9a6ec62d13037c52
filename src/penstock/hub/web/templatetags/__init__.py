"""Tags and filters of the hub's templates."""
