"""A streaming runtime as one writes it first: http.client, and a new connection for each request."""

import http.client
import importlib
import json
import os
import sys

INVOCATION = "/2018-06-01/runtime/invocation"


def main() -> None:
    """Serves invocations until the process is ended."""
    host = os.environ["AWS_LAMBDA_RUNTIME_API"]
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    module, _, name = os.environ["_HANDLER"].rpartition(".")
    handler = getattr(importlib.import_module(module), name)
    headers = {"Lambda-Runtime-Function-Response-Mode": "streaming", "Transfer-Encoding": "chunked"}
    while True:
        connection = http.client.HTTPConnection(host)
        connection.request("GET", f"{INVOCATION}/next")
        response = connection.getresponse()
        event, request_id = json.loads(response.read()), response.headers["Lambda-Runtime-Aws-Request-Id"]
        connection.close()
        connection = http.client.HTTPConnection(host)
        path = f"{INVOCATION}/{request_id}/response"
        connection.request("POST", path, handler(event, None), headers, encode_chunked=True)
        connection.getresponse().read()
        connection.close()


if __name__ == "__main__":
    main()
