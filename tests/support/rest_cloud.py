"""REST APIs deployed without Terraform, in front of a stub function."""

import json
from collections.abc import Mapping
from typing import Any

from localaws import LocalAws
from support.clients import aws_client
from support.functions import PERMISSIONS, TRUST
from support.stub_function import archive


class Cloud:
    """A local AWS with one function, `stub`, and clients of it."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.gateway = self.client("apigateway")
        self.iam = self.client("iam")
        self.lambda_ = self.client("lambda")
        role = self.iam.create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        self.iam.put_role_policy(RoleName="role", PolicyName="run", PolicyDocument=PERMISSIONS)
        made = self.lambda_.create_function(
            FunctionName="stub",
            Runtime="provided.al2023",
            Role=role,
            Handler="any.thing",
            Code={"ZipFile": archive()},
            Timeout=2,
        )
        self.function_arn = str(made["FunctionArn"])

    def client(self, service: str) -> Any:
        """Return a client that can reach nothing but the local AWS."""
        return aws_client(self.aws.environment(), service)

    def integration(self, *, streams: bool, **more: object) -> dict[str, object]:
        """Return an integration of the function."""
        version, action = ("2021-11-15", "response-streaming-invocations") if streams else ("2015-03-31", "invocations")
        uri = f"arn:aws:apigateway:us-east-1:lambda:path/{version}/functions/{self.function_arn}/{action}"
        mode = {"responseTransferMode": "STREAM"} if streams else {}
        return {"type": "aws_proxy", "httpMethod": "POST", "uri": uri, **mode, **more}

    def create(self, paths: dict[str, Any], **more: Any) -> str:
        """Import an API and return its id."""
        api_id = str(self.gateway.create_rest_api(name="api", endpointConfiguration={"types": ["REGIONAL"]})["id"])
        self.put(api_id, paths, **more)
        return api_id

    def put(self, api_id: str, paths: dict[str, Any], mode: str = "overwrite", **more: object) -> None:
        """Import a document."""
        document = {"openapi": "3.0.1", "info": {"title": "api"}, "paths": paths, **more}
        self.gateway.put_rest_api(restApiId=api_id, mode=mode, body=json.dumps(document).encode())

    def deploy(self, api_id: str, stage: str = "live", *, permitted: bool = True) -> str:
        """Deploy an API to a new stage and return the stage's URL on this machine."""
        deployment = self.gateway.create_deployment(restApiId=api_id)["id"]
        self.gateway.create_stage(restApiId=api_id, stageName=stage, deploymentId=deployment)
        if permitted:
            self.permit(api_id)
        return self.aws.localised(f"https://{api_id}.execute-api.us-east-1.amazonaws.com/{stage}")

    def permit(self, api_id: str, path: str = "*") -> None:
        """Let an API invoke the function."""
        self.lambda_.add_permission(
            FunctionName="stub",
            StatementId=f"of-{api_id}",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:us-east-1:123456789012:{api_id}/{path}",
        )


def any_method(integration: Mapping[str, object]) -> dict[str, object]:
    return {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": integration}}
