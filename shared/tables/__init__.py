"""Tables people bring and take away: CSV and xlsx files, rows declared by pydantic models."""
