"""The parts of bench.service: one API process as production runs it, and callers that cost little."""
