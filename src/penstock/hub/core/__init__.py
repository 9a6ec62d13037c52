"""What every room stands on: journal, money, ids, tenancy, idempotency, transitions, background jobs."""
