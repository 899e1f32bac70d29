"""Settings of a stage's methods that go when they are removed.

moto 5.2.5 keeps them, so that a throttle that Terraform has taken away would go on refusing requests.
"""

from __future__ import annotations

from typing import Any

from moto.apigateway.models import Stage

from localaws.moto_patches.replace import replace


def install() -> None:
    """Install the patch."""
    original = Stage.apply_operations

    def apply_operations(self: Any, patch_operations: list[dict[str, Any]]) -> Any:  # noqa: ANN401  moto's class
        for operation in patch_operations:
            if operation["op"] == "remove":
                self.method_settings.pop(operation["path"].removeprefix("/"), None)
        return original(self, patch_operations)

    replace(Stage, "apply_operations", apply_operations)
