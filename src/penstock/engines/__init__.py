"""Ground floor: pure computation. No Django, no database, no network."""
