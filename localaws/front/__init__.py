"""What clients talk to: the Function URL, its authorization, CORS, event and response."""
