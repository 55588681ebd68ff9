"""Light work: what makes the things that people bring usable. `light` workers do it."""
