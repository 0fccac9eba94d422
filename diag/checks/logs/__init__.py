"""Checks of logs: what they say that must not be said."""
