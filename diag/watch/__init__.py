"""Watching: the loop, states that turn, who is told, and what monitors may ask."""
