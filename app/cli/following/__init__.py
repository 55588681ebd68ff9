"""What is shown while a job is followed."""
