"""Processes: each implementation is judged in one of its own, which may die or hang."""
