"""What PostgreSQL must have before the first schema is made."""
