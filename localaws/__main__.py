"""`python -m localaws`."""

import sys

try:
    from localaws.cli import main
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] == "localaws":
        raise
    sys.exit(
        f"localaws: the Python package {error.name} is missing: run `make setup && . .venv/bin/activate`, "
        "or `pip install --editable '.[local]'`, in the repository."
    )

if __name__ == "__main__":
    sys.exit(main())
