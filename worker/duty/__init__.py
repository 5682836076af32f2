"""What is done beside looking."""
