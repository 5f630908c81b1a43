"""The directory's pages: who holds what where, what changed, by whom."""
