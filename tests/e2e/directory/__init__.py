"""The directory's pages in a real browser."""
