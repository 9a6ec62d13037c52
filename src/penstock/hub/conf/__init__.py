"""How an installation of the hub is configured: environment, settings, addresses, the embedded database."""
