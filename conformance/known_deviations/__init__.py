"""Broken clauses that a project lives with, and is held to."""
