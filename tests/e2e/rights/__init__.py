"""Who may do what, asked of the running services."""
