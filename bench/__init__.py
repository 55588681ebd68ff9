"""Side-by-side measurements: each prints device, n, spread and ratio."""
