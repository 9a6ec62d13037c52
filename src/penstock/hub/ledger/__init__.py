"""Double entry, payment providers, payouts, statements."""
