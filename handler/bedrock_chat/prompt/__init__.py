"""The operator's system prompt where it is an object in S3, which may change while the function runs."""
