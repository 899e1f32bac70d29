"""Bedrock without boto3: a signature, an HTTP request and a binary stream, with the standard library alone.

boto3 costs a cold start more than everything else together, and each token of an answer about as much as all of the
rest of its way. Nothing here imports `typing`, `http.client`, `urllib` or `datetime`; `ssl` comes with the first https
endpoint.
"""
