"""A stand-in for Amazon Bedrock Runtime: ConverseStream with paced answers and failures on request."""
