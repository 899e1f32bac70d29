"""What Amazon Comprehend finds in a text, and its failures."""
