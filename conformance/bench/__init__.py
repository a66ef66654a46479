"""`poolproof bench`: implementations side by side, timed in turns and verified while timed."""
