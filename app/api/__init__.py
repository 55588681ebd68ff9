"""One file per noun. A route takes, does and returns; it holds no SQL and no rule."""
