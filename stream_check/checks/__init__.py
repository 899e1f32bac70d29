"""What is verified, one module for each subject."""
