"""Conversations that are kept: what was said in a session, by whom, and what the model is told of it again."""
