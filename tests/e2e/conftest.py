"""Gives every end-to-end test the browser."""

from tests.support.browser import browser, page, watch

__all__ = ["browser", "page", "watch"]
