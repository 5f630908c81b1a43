"""The dispatchers' pages, and the door of a trial system."""
