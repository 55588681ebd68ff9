"""The source documents' examples reach the solution they should; their regularizers do what they promise."""
