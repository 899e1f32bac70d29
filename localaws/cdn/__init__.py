"""CloudFront's data plane: one HTTP front on 127.0.0.1 for each distribution."""
