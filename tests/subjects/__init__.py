"""Implementations that misbehave, for the tests of the judge; nothing is imported here."""
