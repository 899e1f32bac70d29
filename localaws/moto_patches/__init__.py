"""Changes to moto 5.2.5 that the local AWS needs: one file each, with its reason.

`apply()` installs them all, once per process. They reach the running data plane through `data_plane.current()`.
"""

from __future__ import annotations

from functools import lru_cache

from localaws.moto_patches import (
    bucket_policies,
    cloudfront_functions,
    comprehend_detection,
    distributions,
    dynamodb_writes,
    execution_roles,
    function_settings,
    function_urls,
    guardrails,
    identity_policies,
    inference_profiles,
    invocations,
    log_group_keys,
    managed_policies,
    method_settings,
    outages,
    provisioned_concurrency,
    rest_apis,
    rest_stages,
    snapshots,
    url_permissions,
)


@lru_cache(maxsize=1)
def apply() -> None:
    """Install every patch."""
    for patch in (
        bucket_policies,
        cloudfront_functions,
        comprehend_detection,
        distributions,
        dynamodb_writes,
        execution_roles,
        function_settings,
        function_urls,
        guardrails,
        identity_policies,
        inference_profiles,
        invocations,
        log_group_keys,
        managed_policies,
        method_settings,
        outages,
        provisioned_concurrency,
        rest_apis,
        rest_stages,
        snapshots,
        url_permissions,
    ):
        patch.install()
