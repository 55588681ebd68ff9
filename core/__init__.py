"""What the API and the worker agree on: specs, states, errors, settings, store and files."""
