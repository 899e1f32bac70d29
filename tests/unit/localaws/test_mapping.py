"""What an API's document makes of a request: mapped values, gateway responses, mocks."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localaws.rest.document import (
    Document,
    GatewayResponse,
    Integration,
    IntegrationResponse,
    IntegrationType,
    Method,
    Resource,
)
from localaws.rest.exchange import Exchange
from localaws.rest.gateway_responses import Rendered, render
from localaws.rest.mock import mock_response
from localaws.rest.parameters import mapped
from localaws.rest.refusal import Refusal, ResponseType
from localaws.rest.templates import TemplateError, evaluate
from support.rest import make_exchange

APP, OTHER = "https://a.example", "https://b.example"
ASKED = make_exchange(
    "/live/chat/a%20b?q=1&q=two+words&x", {"Origin": APP, "X-Name": "ada"}, variables={"colour": "blue"}
)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'it''s static'", "it''s static"),
        ("''", ""),
        ("method.request.header.origin", APP),
        ("method.request.header.ORIGIN", APP),
        ("method.request.header.Absent", None),
        ("method.request.querystring.q", "two words"),
        ("method.request.querystring.x", ""),
        ("method.request.querystring.Q", None),
        ("method.request.path.id", "a b"),
        ("method.request.path.other", None),
        ("stageVariables.colour", "blue"),
        ("stageVariables.other", None),
        ("context.identity.sourceIp", "127.0.0.1"),
        ("context.identity.caller", None),
        ("context.stage", "live"),
        ("method.request.body.a", None),
        ("nonsense", None),
    ],
)
def test_mapped_values(expression: str, value: str | None) -> None:
    """From every part of a request."""
    assert mapped(expression, ASKED) == value


@given(st.text())
def test_no_expression_breaks(text: str) -> None:
    """It stands for a text or for nothing."""
    assert isinstance(mapped(text, ASKED), str | None)


def test_a_request_without_a_route_has_no_path_parameters() -> None:
    """Its gateway response may name them all the same."""
    lost = make_exchange("/live/nowhere/else")
    assert mapped("method.request.path.id", lost) is None


def refused(
    responses: Mapping[str, GatewayResponse], refusal: Refusal, headers: dict[str, str] | None = None
) -> Rendered:
    exchange = make_exchange(
        headers=headers or {}, document=Document("api", gateway_responses=responses), variables={"colour": "blue"}
    )
    exchange.refusal = refusal
    return render(refusal, exchange)


OWN = GatewayResponse(
    418,
    {
        "gatewayresponse.header.Access-Control-Allow-Origin": "method.request.header.Origin",
        "gatewayresponse.header.X-Id": "context.requestId",
        "gatewayresponse.header.content-type": "'text/x-own'",
        "gatewayresponse.path.ignored": "'x'",
    },
    {
        "application/json": '{"m":$context.error.messageString,"k":"$context.error.responseType",'
        '"c":"$stageVariables.colour"}'
    },
)
DENIED = Refusal(ResponseType.ACCESS_DENIED, 'no "quotes"')


def test_a_gateway_response_of_the_apis_own() -> None:
    """Status, headers and body; a header whose value isn't there is left out."""
    rendered = refused({"ACCESS_DENIED": OWN}, DENIED, {"origin": APP})
    assert rendered.status == 418
    assert dict(rendered.headers) == {
        "content-type": "text/x-own",
        "x-amzn-ErrorType": "AccessDeniedException",
        "Access-Control-Allow-Origin": APP,
        "X-Id": "req-1",
    }
    assert json.loads(rendered.body) == {"m": 'no "quotes"', "k": "ACCESS_DENIED", "c": "blue"}
    assert "Access-Control-Allow-Origin" not in dict(refused({"ACCESS_DENIED": OWN}, DENIED).headers)


@pytest.mark.parametrize(
    ("names", "refusal", "status"),
    [
        pytest.param(["DEFAULT_4XX", "ACCESS_DENIED"], DENIED, 401, id="its own first"),
        pytest.param(["DEFAULT_4XX"], DENIED, 400, id="that of its class"),
        pytest.param(["DEFAULT_5XX", "THROTTLED"], DENIED, 403, id="neither"),
        pytest.param(["DEFAULT_4XX", "DEFAULT_5XX"], Refusal(ResponseType.INTEGRATION_TIMEOUT), 401, id="a 5xx"),
        pytest.param(["DEFAULT_4XX"], Refusal(ResponseType.INTEGRATION_TIMEOUT), 504, id="a 5xx without its class"),
    ],
)
def test_which_gateway_response_counts(names: list[str], refusal: Refusal, status: int) -> None:
    """The one of the kind, that of its class, API Gateway's own."""
    responses = {name: GatewayResponse(400 + number) for number, name in enumerate(names)}
    assert refused(responses, refusal).status == status


def test_without_a_template_the_body_is_the_usual_one() -> None:
    """And so is the status without one."""
    rendered = refused({"DEFAULT_4XX": GatewayResponse()}, DENIED)
    assert (rendered.status, rendered.body) == (403, b'{"Message":"no \\"quotes\\""}')


def test_a_template_for_what_the_client_accepts() -> None:
    """Else the one for JSON; a message that there isn't is null."""
    own = OWN.templates["application/json"]
    both = {"text/plain": "$context.error.message$context.authorizer.nothing!", "application/json": own}
    responses = {"DEFAULT_5XX": GatewayResponse(templates=both)}
    failure = Refusal(ResponseType.AUTHORIZER_FAILURE)
    rendered = refused(responses, failure, {"accept": "text/plain;q=1, */*"})
    assert (dict(rendered.headers)["Content-Type"], rendered.body) == ("text/plain", b"!")
    assert json.loads(refused(responses, failure, {"accept": "text/html"}).body)["m"] is None


def test_only_variables_are_put_in() -> None:
    """Everything else of Velocity is text."""
    templates = {"application/json": "#if(true) $input.params('x') $context. $contexts.x #end"}
    rendered = refused({"ACCESS_DENIED": GatewayResponse(templates=templates)}, DENIED)
    assert rendered.body.decode() == templates["application/json"]


ORIGINS = (
    '#set($origin = $input.params("Origin"))#if($origin == "")#set($origin = $input.params("origin"))#end'
    f'#set($allowed = ["{APP}","{OTHER}"])#if($allowed.contains($origin))'
    "#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end"
)
VARY = {"method.response.header.Vary": "'Origin'"}
DEFAULT = IntegrationResponse("default", 204, VARY, {"application/json": ORIGINS})
PREFLIGHT = Integration(
    IntegrationType.MOCK,
    content_handling="CONVERT_TO_TEXT",
    request_templates={"application/json": '{"statusCode": 204}'},
    responses=(DEFAULT,),
)


def asked(
    integration: Integration = PREFLIGHT, headers: dict[str, str] | None = None, body: bytes = b"", *binary: str
) -> Rendered:
    declared = {"204": ("Access-Control-Allow-Origin", "Vary"), "200": ("x-status",), "404": ("x-status",)}
    method = Method("POST", integration, response_headers=declared)
    document = Document("api", resources=(Resource("/chat/{id}", {"POST": method}),), binary_media_types=binary)
    exchange = make_exchange("/live/chat/1?from=query", headers or {}, body, document, variables={"colour": "blue"})
    return mock_response(exchange, integration)


@pytest.mark.parametrize("name", ["Origin", "origin"])
@pytest.mark.parametrize("origin", [APP, OTHER])
def test_a_preflight_names_an_origin_that_is_allowed(name: str, origin: str) -> None:
    """As the module's template says."""
    rendered = asked(headers={name: origin})
    assert (rendered.status, rendered.body) == (204, b"")
    assert dict(rendered.headers) == {
        "Content-Type": "application/json",
        "Vary": "Origin",
        "Access-Control-Allow-Origin": origin,
    }


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://c.example"}, {"ORIGIN": APP}])
def test_a_preflight_names_no_other(headers: dict[str, str]) -> None:
    """Names of headers are as they are spelt there."""
    assert "Access-Control-Allow-Origin" not in dict(asked(headers=headers).headers)


def answering(request: str, *responses: IntegrationResponse) -> Integration:
    return Integration(IntegrationType.MOCK, request_templates={"application/json": request}, responses=responses)


def test_the_mapped_request_chooses_the_response() -> None:
    """By a pattern, else the default; only declared headers are sent."""
    found = IntegrationResponse("4\\d\\d", 404, {"method.response.header.X-Status": "'none'", "odd": "'x'"})
    usual = IntegrationResponse("default", 200, {"method.response.header.Other": "'x'"}, {"text/plain": "$input.body"})
    integration = answering('{"statusCode": $input.params("code")}', found, usual)
    rendered = asked(integration, {"code": "410"})
    assert (rendered.status, dict(rendered.headers)["x-status"]) == (404, "none")
    rendered = asked(integration, {"code": "200"}, b"text")
    assert (rendered.status, rendered.headers, rendered.body) == (200, (("Content-Type", "text/plain"),), b"text")


def test_a_request_without_a_template_passes_as_it_is() -> None:
    """It must say itself which status it is for."""
    rendered = asked(answering("", DEFAULT), {"content-type": "text/plain; charset=utf-8"}, b'{"statusCode": 1}')
    assert rendered.status == 204


def test_a_template_sets_the_status_too() -> None:
    """The headers are those that the method declares for it; what is no status is none."""
    template = "#set($context.responseOverride.status = 404)#set($context.responseOverride.header.X-Status = 'gone')"
    usual = IntegrationResponse("default", 204, {}, {"application/json": template})
    rendered = asked(answering('{"statusCode": 1}', usual))
    assert (rendered.status, dict(rendered.headers)["x-status"]) == (404, "gone")
    nonsense = "#set($context.responseOverride.status = 'x')#set($context.responseOverride.header = 1)"
    usual = IntegrationResponse("default", 204, {}, {"application/json": nonsense})
    assert asked(answering('{"statusCode": 1}', usual)).status == 204


@pytest.mark.parametrize(
    ("integration", "binary", "words"),
    [
        pytest.param(answering('{"statusCode": 204}', DEFAULT), ["*/*"], "CONVERT_TO_TEXT", id="binary"),
        pytest.param(answering("{}", DEFAULT), [], "no statusCode", id="no status"),
        pytest.param(answering("[]", DEFAULT), [], "no statusCode", id="no object"),
        pytest.param(answering("", DEFAULT), [], "no statusCode", id="nothing"),
        pytest.param(answering('{"statusCode": 204}'), [], "no response", id="no response"),
        pytest.param(answering("#foreach", DEFAULT), [], "template is wrong", id="no template"),
    ],
)
def test_a_mock_that_cannot_answer(integration: Integration, binary: list[str], words: str) -> None:
    """It is the API's own error."""
    with pytest.raises(Refusal, match=words) as refusal:
        asked(integration, {}, b"", *binary)
    assert refusal.value.kind is ResponseType.API_CONFIGURATION_ERROR


def test_with_text_a_mock_answers_whatever_is_binary() -> None:
    """Which is what contentHandling is for."""
    assert asked(PREFLIGHT, {"Origin": APP}, b"", "*/*").status == 204


def test_what_templates_see() -> None:
    """Parameters of the path before those of the query and the headers, stage variables, the context."""
    exchange = make_exchange("/live/chat/7?id=8&q=9", {"id": "6", "q": "5", "h": "4"}, variables={"colour": "blue"})
    text, _ = evaluate(
        "$input.params('id') $input.params('q') $input.params('h') $stageVariables.colour $context.httpMethod",
        exchange,
        "",
    )
    assert text == "7 9 4 blue POST"


@given(st.text(alphabet="#$(){}[]\"'=. abcsetifendinputcontext\n", max_size=60))
def test_no_template_breaks(text: str) -> None:
    """It is a template or none."""
    exchange: Exchange = make_exchange()
    try:
        evaluate(text, exchange, "")
    except TemplateError:
        return
