"""What the managed runtime's command line runs here: an init error, since AWS's own runtime loop is not emulated.

A function whose AWS_LAMBDA_EXEC_WRAPPER replaces the loop, as this project's does, never gets this far. The file is
copied into LAMBDA_RUNTIME_DIR and run by the function's interpreter, so it uses the standard library alone.
"""

import http.client
import json
import os
import sys

MESSAGE = (
    "The local AWS does not emulate Lambda's own Python runtime: set AWS_LAMBDA_EXEC_WRAPPER to a wrapper that "
    "replaces it (this project's modules do), or use a provided runtime whose zip holds a bootstrap."
)


def main() -> int:
    """Report the init error and return the exit status."""
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"], timeout=5)
    body = json.dumps({"errorMessage": MESSAGE, "errorType": "Runtime.NotEmulated", "stackTrace": []})
    headers = {"Lambda-Runtime-Function-Error-Type": "Runtime.NotEmulated"}
    api.request("POST", "/2018-06-01/runtime/init/error", body, headers)
    api.getresponse().read()
    sys.stderr.write(MESSAGE + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
