"""The administrator's pages of accounts: who may sign in how, who did, and what was done to it."""
