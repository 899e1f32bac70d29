"""The Lambda service: execution environments, their Runtime API, and where an invocation is placed."""
