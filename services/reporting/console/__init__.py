"""The monthly form as a page, the facts behind its numbers, the steps of a report."""
