"""What happens to every request before routing."""
