"""What a run of the checks leaves behind."""
