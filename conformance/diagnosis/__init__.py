"""What is behind a finding: its cause, the known bugs it is like, and a script that shows it."""
