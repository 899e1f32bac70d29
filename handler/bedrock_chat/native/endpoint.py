"""Where Bedrock is, by the environment's variables. No input or output here.

Source: docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html, and the endpoint rules that botocore ships.
"""

from bedrock_chat.native.errors import WrongEnvironment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

HTTP_PORT = 80
HTTPS_PORT = 443
MAX_PORT = 65_535
MAX_LABEL_CHARACTERS = 63

# By the beginning of a region's name: the domain of the partition, and the one of its dual-stack endpoints.
_PARTITIONS = {
    "cn-": ("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    "eusc-": ("amazonaws.eu", "api.amazonwebservices.eu"),
    "us-iso-": ("c2s.ic.gov", "api.aws.ic.gov"),
    "us-isob-": ("sc2s.sgov.gov", "api.aws.scloud"),
    "eu-isoe-": ("cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    "us-isof-": ("csp.hci.ic.gov", "api.aws.hci.ic.gov"),
}
# Every other region, GovCloud's too; also those that this version has not heard of.
_DOMAINS = ("amazonaws.com", "api.aws")


class Endpoint:
    """A place to connect to.

    Attributes:
        secure: Whether it is https.
        host: A name or an address, the latter without brackets.
        path: Where it is not the root; a request's own path comes after it.
        amazon_signed: Whether it is one of AWS's own, in a partition where Amazon's authority signs the certificates.
    """

    __slots__ = ("amazon_signed", "host", "path", "port", "secure")

    def __init__(self, host: str, port: int, path: str = "", *, secure: bool, amazon_signed: bool = False) -> None:
        self.host = host
        self.port = port
        self.path = path
        self.secure = secure
        self.amazon_signed = amazon_signed

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (HTTPS_PORT if self.secure else HTTP_PORT) else f"{host}:{self.port}"


def region_of(environment: "Mapping[str, str]") -> str:
    """The region to call, as boto3 finds it.

    Raises:
        WrongEnvironment: there is none, or it can't be part of a host's name.
    """
    region = environment.get("AWS_DEFAULT_REGION") or environment.get("AWS_REGION")
    if not region:
        raise WrongEnvironment("neither AWS_DEFAULT_REGION nor AWS_REGION is set: set one to the region of the model")
    label = region.replace("-", "a")
    if not (label.isascii() and label.isalnum()) or len(region) > MAX_LABEL_CHARACTERS or region.strip("-") != region:
        raise WrongEnvironment(
            f"the region {region[:80]!r} is none: set AWS_DEFAULT_REGION to one such as eu-central-1"
        )
    return region


def bedrock_endpoint(environment: "Mapping[str, str]", region: str) -> Endpoint:
    """The endpoint that is configured, or the region's own.

    Raises:
        WrongEnvironment: the variables contradict each other, or one holds no URL.
    """
    fips, dual_stack = (
        _is_true(environment, "AWS_USE_FIPS_ENDPOINT"),
        _is_true(environment, "AWS_USE_DUALSTACK_ENDPOINT"),
    )
    name = _configured(environment)
    if name is None:
        return _regional(region, fips=fips, dual_stack=dual_stack)
    if fips or dual_stack:
        wanted = "AWS_USE_FIPS_ENDPOINT" if fips else "AWS_USE_DUALSTACK_ENDPOINT"
        raise WrongEnvironment(f"{wanted} and {name} are both set: an endpoint of one's own has no variants; unset one")
    endpoint = parse_url(environment[name], name)
    if "?" in endpoint.path:
        raise WrongEnvironment(f"{name} must be a URL without a query, not {environment[name][:200]!r}")
    endpoint.path = endpoint.path.rstrip("/")
    return endpoint


def parse_url(url: str, variable: str) -> Endpoint:
    """The endpoint of an absolute URL, which `variable` holds; its path may have a query.

    Raises:
        WrongEnvironment: it is no http or https URL, or it has a user's name or a fragment.
    """
    scheme, separator, rest = url.partition("://")
    scheme = scheme.lower()
    authority, slash, path = rest.partition("/")
    host, port = _host_and_port(authority)
    if scheme not in {"http", "https"} or not (separator and _is_host(host)) or port is None or not _is_path(path):
        raise WrongEnvironment(f"{variable} must be a URL such as https://host:8443/path, not {url[:200]!r}")
    secure = scheme == "https"
    return Endpoint(host.lower(), port or (HTTPS_PORT if secure else HTTP_PORT), slash + path, secure=secure)


def _is_true(environment: "Mapping[str, str]", name: str) -> bool:
    return environment.get(name, "").lower() == "true"


def _configured(environment: "Mapping[str, str]") -> str | None:
    """The variable that names an endpoint."""
    if _is_true(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        return None
    names = ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL")
    return next((name for name in names if environment.get(name)), None)


def _regional(region: str, *, fips: bool, dual_stack: bool) -> Endpoint:
    service = "bedrock-runtime-fips" if fips else "bedrock-runtime"
    domains = next((domains for prefix, domains in _PARTITIONS.items() if region.startswith(prefix)), _DOMAINS)
    host = f"{service}.{region}.{domains[dual_stack]}"
    return Endpoint(host, HTTPS_PORT, secure=True, amazon_signed=domains is _DOMAINS)


def _host_and_port(authority: str) -> tuple[str, int | None]:
    """The port is 0 where none is written, and None where what is written is no port."""
    if authority.startswith("["):
        host, bracket, rest = authority[1:].partition("]")
        if ":" not in host or not bracket or (rest and rest[0] != ":"):
            return "", None
        return host, _port(rest[1:])
    host, _, digits = authority.partition(":")
    return host, _port(digits)


def _port(digits: str) -> int | None:
    if not digits:
        return 0
    if not (digits.isascii() and digits.isdigit()) or not 0 < int(digits[:6]) <= MAX_PORT:
        return None
    return int(digits[:6])


def _is_host(host: str) -> bool:
    plain = host.replace("-", "a").replace(".", "a").replace("_", "a").replace(":", "a")
    return plain.isascii() and plain.isalnum()


def _is_path(path: str) -> bool:
    return path.isascii() and path.isprintable() and not {" ", "#"} & set(path)
