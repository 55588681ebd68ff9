"""Answers what a student and its teacher see on an image, in a process without secrets that stays warm."""
