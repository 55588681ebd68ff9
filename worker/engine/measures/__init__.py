"""Numbers that a report is made of: pure functions of answers and labels, and what a network costs."""
