"""Reads weights that strangers sent, tensor by tensor, and says what is wrong with them.

A program of its own, `python -m worker.weights`: the file is opened here and nowhere else.
"""
