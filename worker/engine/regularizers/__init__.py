"""What keeps the student simple: one soft penalty or hard limit a file."""
