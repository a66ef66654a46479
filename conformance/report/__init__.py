"""The reports of a run: the terminal, one HTML page, JUnit XML, and the schema of the JSON."""
