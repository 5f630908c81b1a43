"""The directory kept by hand: its pages, edits and tables."""
