"""What is predicted: how answers are compared with what the data says, and which of two is better."""
