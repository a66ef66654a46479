"""Data that cases are made from."""
