"""The operators' pages of a service: what hurts, what is parked, and the two ways out."""

from shared.web.parked.pages import ParkedPages, routes

__all__ = ["ParkedPages", "routes"]
