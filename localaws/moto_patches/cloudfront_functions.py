"""CloudFront Functions that are published and changed, which moto 5.2.5 can't do.

What is published runs; until then a change is in the stage DEVELOPMENT only.

Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_PublishFunction.html
"""

from __future__ import annotations

from typing import Any

from moto.cloudfront import urls
from moto.cloudfront.models import CloudFrontFunction, random_id
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.responses import ActionResult

from localaws.moto_patches.replace import add, replace

PATH = "{0}/2020-05-31/function/(?P<function_name>[^/]+)/publish$"


def install() -> None:
    """Install the patch; moto finds each operation's method by its name."""
    original = CloudFrontFunction.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  moto's class
        original(self, *args, **kwargs)
        self.live_code = b""

    replace(CloudFrontFunction, "__init__", init)
    urls.url_paths[PATH] = CloudFrontResponse.dispatch
    add(CloudFrontResponse, "publish_function", _publish)
    add(CloudFrontResponse, "update_function", _update)


def _publish(self: Any) -> ActionResult:  # noqa: ANN401  moto's class
    function = self.backend.describe_function(name=self._get_param("Name"))
    function.live_code, function.stage, function.status = function.code, "LIVE", "UNASSOCIATED"
    return ActionResult({"FunctionSummary": function.function_summary})


def _update(self: Any) -> ActionResult:  # noqa: ANN401  moto's class
    function = self.backend.describe_function(name=self._get_param("Name"))
    function.config, function.code = self._get_param("FunctionConfig", {}), self._get_param("FunctionCode")
    function.etag = random_id()
    return ActionResult({"FunctionSummary": function.function_summary, "ETag": function.etag})
