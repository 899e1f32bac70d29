"""CloudFront distributions that can be called, with all of their settings.

moto 5.2.5 answers nothing on a distribution's domain name. It loses the origin access control of an origin and the
function associations of a behaviour, and tells of settings that were never made: forwarded values beside a cache
policy, and a TLS support method beside CloudFront's own certificate. Each of these makes every plan differ.
"""

from __future__ import annotations

from typing import Any

from moto.cloudfront.models import CloudFrontBackend, DefaultCacheBehaviour, Origin, ViewerCertificate

from localaws.moto_patches import data_plane
from localaws.moto_patches.replace import replace


def install() -> None:
    """Install the patch."""
    _patch_settings()
    _patch_life()


def _patch_settings() -> None:
    origin_init, behaviour_init = Origin.__init__, DefaultCacheBehaviour.__init__
    certificate_init = ViewerCertificate.__init__

    def init_origin(self: Any, origin: dict[str, Any]) -> None:  # noqa: ANN401  moto's class
        origin_init(self, origin)
        self.origin_access_control_id = origin.get("OriginAccessControlId") or ""

    def init_behaviour(self: Any, config: dict[str, Any]) -> None:  # noqa: ANN401  moto's class
        behaviour_init(self, config)
        self.function_associations = config.get("FunctionAssociations") or {"Quantity": 0}
        if config.get("CachePolicyId"):
            self.forwarded_values = None

    def init_certificate(self: Any, config: dict[str, Any]) -> None:  # noqa: ANN401  moto's class
        certificate_init(self, config)
        if str(self.cloud_front_default_certificate).lower() == "true":
            self.ssl_support_method = None

    replace(Origin, "__init__", init_origin)
    replace(DefaultCacheBehaviour, "__init__", init_behaviour)
    replace(ViewerCertificate, "__init__", init_certificate)


def _patch_life() -> None:
    create, delete = CloudFrontBackend.create_distribution_with_tags, CloudFrontBackend.delete_distribution

    def create_distribution_with_tags(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  moto's classes
        created = create(self, *args, **kwargs)
        data_plane.current().open_distribution(created[0].id)
        return created

    def delete_distribution(self: Any, distribution_id: str, if_match: Any) -> None:  # noqa: ANN401  moto's class
        delete(self, distribution_id, if_match)
        data_plane.current().close_distribution(distribution_id)

    replace(CloudFrontBackend, "create_distribution_with_tags", create_distribution_with_tags)
    replace(CloudFrontBackend, "delete_distribution", delete_distribution)
