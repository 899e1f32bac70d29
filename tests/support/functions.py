"""Functions deployed without Terraform: a handler of a few lines on the deployed zip's runtime, behind an open URL."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HANDLER_ZIP = Path(__file__).parents[2] / "dist" / "handler.zip"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


# What AWS's own AWSLambdaBasicExecutionRole grants; without it a function's log is nowhere.
LOGGING = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "*",
}
ANY_MODEL = {"Effect": "Allow", "Action": "bedrock:InvokeModelWithResponseStream", "Resource": "*"}
PERMISSIONS = json.dumps({"Version": "2012-10-17", "Statement": [LOGGING, ANY_MODEL]})


def package(source: str) -> bytes:
    """The deployed zip with a module `app` more."""
    archive = io.BytesIO(HANDLER_ZIP.read_bytes())
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr("app.py", source)
    return archive.getvalue()


def create_function(clients: Mapping[str, Any], name: str, source: str, **settings: Any) -> str:
    """Deploys `source` as the module `app` beside the deployed handler, and returns the open URL."""
    role = clients["iam"].create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    clients["iam"].put_role_policy(RoleName=name, PolicyName="run", PolicyDocument=PERMISSIONS)
    return open_function(clients["lambda"], name, source, Role=role, **settings)


def open_function(functions: Any, name: str, source: str, **settings: Any) -> str:
    """The same as a role that is there already."""
    managed = {
        "Handler": "app.handler",
        "Runtime": "python3.13",
        "Environment": {"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/bootstrap"}},
    }
    code = {"ZipFile": package(source)}
    functions.create_function(FunctionName=name, Code=code, **(managed | settings))
    grants: list[dict[str, Any]] = [
        {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"},
        {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True},
    ]
    for number, grant in enumerate(grants):
        functions.add_permission(FunctionName=name, StatementId=f"grant-{number}", Principal="*", **grant)
    url = functions.create_function_url_config(FunctionName=name, AuthType="NONE", InvokeMode="RESPONSE_STREAM")
    found: str = url["FunctionUrl"]
    return found


def delete_function(clients: Mapping[str, Any], name: str) -> None:
    """Removes what `create_function` made, and the log group that Lambda made for it."""
    clients["lambda"].delete_function_url_config(FunctionName=name)
    clients["lambda"].delete_function(FunctionName=name)
    clients["iam"].delete_role_policy(RoleName=name, PolicyName="run")
    clients["iam"].delete_role(RoleName=name)
    clients["logs"].delete_log_group(logGroupName=f"/aws/lambda/{name}")
