"""The officers' pages of intake: who raised an item, and who looked."""
