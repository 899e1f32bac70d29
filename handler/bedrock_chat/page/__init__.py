"""The chat page: one file of HTML, and the route that serves it."""
