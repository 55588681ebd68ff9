"""What the student is asked to imitate: one loss a file."""
