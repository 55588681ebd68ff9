"""Tables: rows of numbers in their splits, standardised, and in batches."""
