"""Applications that decide by their own criteria what a stack serves."""
