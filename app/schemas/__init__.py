"""What the API answers. No defaults: every field is always there."""
