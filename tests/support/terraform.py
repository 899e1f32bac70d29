"""One root, driven through python-terraform, with its habits hidden: return codes checked, every command bounded."""

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from python_terraform import IsFlagged, IsNotFlagged, Terraform

from support.soak import SOAK

COMMAND_TIMEOUT_S = 240
NO_CHANGES = 0
CHANGES = 2


class _BoundedTerraform(Terraform):  # type: ignore[misc] # python-terraform has no types
    """python-terraform, with an environment of its own and a bound on each command."""

    def __init__(self, folder: Path, environment: Mapping[str, str], variables: Mapping[str, object]) -> None:
        super().__init__(working_dir=str(folder), variables=dict(variables))
        self._environment = dict(environment)

    def cmd(self, cmd: str, *args: str, **options: object) -> tuple[int, str, str]:
        options.pop("capture_output", None)
        result = subprocess.run(
            self.generate_cmd_string(cmd, *args, **options),
            cwd=self.working_dir,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        self.temp_var_files.clean_up()
        return result.returncode, result.stdout, result.stderr


class Root:
    """A root module in `folder`, with values for its variables."""

    def __init__(self, folder: Path, environment: Mapping[str, str], **variables: object) -> None:
        self.folder = folder
        self.variables = variables
        self._terraform = _BoundedTerraform(folder, environment, variables)

    def init(self) -> None:
        self._checked(self._terraform.init())

    def apply(self) -> dict[str, Any]:
        """Applies and returns the outputs."""
        self._checked(self._terraform.apply(skip_plan=True, var=self.variables))
        return {name: output["value"] for name, output in self._terraform.output().items()}

    def plan_is_empty(self) -> bool:
        code, stdout, stderr = self._terraform.plan(var=self.variables)
        assert code in {NO_CHANGES, CHANGES}, stdout + stderr
        return bool(code == NO_CHANGES)

    def save_plan(self, path: Path) -> None:
        self._checked(self._terraform.cmd("plan", out=str(path), var=self.variables))

    def apply_plan(self, path: Path) -> None:
        self._checked(self._terraform.cmd("apply", str(path)))

    def planned(self) -> dict[str, list[str]]:
        """What a plan would do: actions by address, without what stays as it is."""
        with tempfile.TemporaryDirectory() as folder:
            plan = Path(folder) / "plan"
            self.save_plan(plan)
            document = json.loads(self._checked(self._terraform.cmd("show", str(plan), json=IsFlagged)))
        changes = {change["address"]: change["change"]["actions"] for change in document["resource_changes"]}
        return {address: actions for address, actions in changes.items() if actions not in (["no-op"], ["read"])}

    def destroy(self) -> None:
        self._checked(self._terraform.destroy(force=IsNotFlagged, auto_approve=IsFlagged, var=self.variables))

    def leave(self) -> None:
        """Destroys what is applied, in the soak; else it goes with the local AWS, and saves a turn of Terraform."""
        if SOAK:
            self.destroy()

    def shown(self) -> str:
        """The state, as `terraform show -json` has it."""
        return self._checked(self._terraform.cmd("show", json=IsFlagged))

    def resources(self) -> list[str]:
        """The addresses in the state."""
        return list(filter(None, self._checked(self._terraform.cmd("state list")).splitlines()))

    def attributes(self, address: str) -> dict[str, Any]:
        """What the state has of a resource."""
        modules = [json.loads(self.shown())["values"]["root_module"]]
        for module in modules:
            modules.extend(module.get("child_modules", ()))
        resources = (resource for module in modules for resource in module.get("resources", ()))
        found: dict[str, Any] = next(resource["values"] for resource in resources if resource["address"] == address)
        return found

    @staticmethod
    def _checked(result: tuple[int, str, str]) -> str:
        code, stdout, stderr = result
        assert code == 0, f"terraform ended with {code}\n{stdout}\n{stderr}"
        return stdout
