"""The operators' pages of a service: what hurts, what is parked, and the two ways out."""

from shared.features.dead_letters.pages import DeadLetterPages, routes

__all__ = ["DeadLetterPages", "routes"]
