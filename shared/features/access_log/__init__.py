"""The log of looks at personal data, the same in all four services."""
