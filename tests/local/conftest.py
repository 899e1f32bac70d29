"""Fixtures of the end-to-end tests: a local AWS for each file, and example roots applied on it."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from localaws import terraform
from localaws.server import LocalAws
from localaws.workspace import make_workspace
from support.browser import OpenTab, Site, running_browser, tabs
from support.clients import aws_client
from support.terraform import Root

EXAMPLES = Path(__file__).parents[2] / "examples"
MakeRoot = Callable[..., Root]


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws() as local_aws:
        yield local_aws


@pytest.fixture(scope="module")
def environment(aws: LocalAws) -> dict[str, str]:
    return aws.environment()


@pytest.fixture(scope="module")
def api(environment: dict[str, str]) -> Callable[[str], object]:
    """AWS's API, as boto3 clients by service."""
    return functools.partial(aws_client, environment)


@pytest.fixture(scope="module")
def make_root(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeRoot]:
    """Makes a copy of an example, or of the root in a folder, initialised; in the soak it is destroyed at the end."""
    with contextlib.ExitStack() as roots:

        def make(source: str | Path, **variables: object) -> Root:
            folder = tmp_path_factory.mktemp(Path(source).name)
            workspace = make_workspace(EXAMPLES / source, folder / "tree")  # an absolute path stays what it is
            root = Root(workspace, terraform.cli_environment(folder, aws.child_environment()), **variables)
            root.init()
            roots.callback(root.leave)
            return root

        yield make


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one file: while Playwright runs, this thread has an event loop that other files' code would stumble over."""
    with running_browser() as running:
        yield running


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Whose pages the URL allows; at another port, so of another origin than the URL."""
    with Site() as serving:
        yield serving


@pytest.fixture
def open_tab(browser: Browser) -> Iterator[OpenTab]:
    with tabs(browser) as opener:
        yield opener
