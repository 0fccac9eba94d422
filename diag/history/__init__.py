"""Runs kept in a database, SQLite or PostgreSQL: what was seen, what turned, what was noted and told.

`diag.history.store` has the one door, `open_history`. SQLAlchemy is imported there, not here.
"""
