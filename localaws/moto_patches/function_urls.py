"""Function URLs that can be called.

moto 5.2.5 invents a host name for a URL and answers nothing on it, ignores the Qualifier, and on update forgets the
invoke mode and a removed CORS configuration. Here each URL gets a port of its own on 127.0.0.1, which closes with the
URL or its function.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from moto.awslambda.models import FunctionUrlConfig, LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse

from localaws.moto_patches import data_plane
from localaws.moto_patches.replace import replace

UPDATABLE = ("AuthType", "InvokeMode")
QUALIFIER = "Qualifier"


def install() -> None:
    """Install the patch."""
    _patch_config()
    _patch_deletion()
    _patch_qualifier()


def _patch_config() -> None:
    original_init, original_to_dict = FunctionUrlConfig.__init__, FunctionUrlConfig.to_dict

    def init(self: Any, function: Any, config: dict[str, Any]) -> None:  # noqa: ANN401  moto's classes
        original_init(self, function, config)
        port = data_plane.current().open_url(function.function_name, config.get(QUALIFIER))
        self.local_port = port
        self.url = f"http://127.0.0.1:{port}/"

    def update(self: Any, new_config: dict[str, Any]) -> None:  # noqa: ANN401  moto's class
        self.config.update({key: new_config[key] for key in UPDATABLE if new_config.get(key)})
        if "Cors" in new_config:  # an empty object removes it
            self.config["Cors"] = new_config["Cors"] or None

    def to_dict(self: Any) -> dict[str, Any]:  # noqa: ANN401  moto's class
        answer: dict[str, Any] = original_to_dict(self)
        answer["InvokeMode"] = self.config.get("InvokeMode") or "BUFFERED"
        if qualifier := self.config.get(QUALIFIER):
            answer["FunctionArn"] += f":{qualifier}"
        return answer

    replace(FunctionUrlConfig, "__init__", init)
    replace(FunctionUrlConfig, "update", update)
    replace(FunctionUrlConfig, "to_dict", to_dict)


def _patch_deletion() -> None:
    original_delete_url = LambdaFunction.delete_url_config
    original_delete_function = LambdaBackend.delete_function

    def delete_url_config(self: Any) -> None:  # noqa: ANN401  moto's class
        if self.url_config:
            data_plane.current().close_url(self.url_config.local_port)
        original_delete_url(self)

    def delete_function(self: Any, function_name: str, qualifier: str | None = None) -> None:  # noqa: ANN401  moto's class
        function = self.get_function(function_name, qualifier)
        original_delete_function(self, function_name, qualifier)
        if qualifier is None:
            function.delete_url_config()
            data_plane.current().end_function(function.function_name)

    replace(LambdaFunction, "delete_url_config", delete_url_config)
    replace(LambdaBackend, "delete_function", delete_function)


def _patch_qualifier() -> None:
    """Let the query's Qualifier reach the configuration, which is all that moto hands on."""

    def create_function_url_config(self: Any) -> tuple[int, dict[str, Any], str]:  # noqa: ANN401  moto's class
        name = unquote(self.path.split("/")[-2])
        qualifier = self.querystring.get(QUALIFIER, [None])[0]
        config = self.backend.create_function_url_config(name, {**self.json_body, QUALIFIER: qualifier})
        return 201, {"status": 201}, json.dumps(config.to_dict())

    replace(LambdaResponse, "create_function_url_config", create_function_url_config)
