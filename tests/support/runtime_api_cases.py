"""What runtimes ask of the Runtime API, right and wrong, and what it answers: played to AWS's emulator and to ours."""

from support.runtime_api_steps import (
    ACCEPTED,
    BAD_REQUEST,
    BASE,
    BUFFERS,
    CHUNK,
    END,
    ERROR_TRAILERS,
    EVENT,
    EVENT_2,
    EXPECT,
    MAX_BUFFERED_BYTES,
    MAX_TRAILER_BYTES,
    MODE,
    NEXT,
    NEXT_ELSEWHERE,
    NO_EXTENSIONS,
    NOT_FOUND,
    PARSER,
    PONG,
    SENT,
    STREAMING,
    TOO_LARGE,
    TRAILERS,
    TRUNCATED,
    WRONG_ID,
    WRONG_METHOD,
    WRONG_MODE,
    Answer,
    Case,
    Difference,
    Step,
    begun,
    error,
    forbidden,
    init_error,
    refused,
    request,
    response,
    sized,
    trailers_of,
)

GOOD = [
    Case("a whole response", (NEXT, response()), (EVENT, ACCEPTED)),
    Case("an empty response", (NEXT, sized(0)), (EVENT, ACCEPTED)),
    Case("a streamed response", (NEXT, Step(begun(STREAMING) + CHUNK + CHUNK + END)), (EVENT, ACCEPTED)),
    Case("a stream of nothing", (NEXT, Step(begun(STREAMING) + END)), (EVENT, ACCEPTED)),
    Case("chunks without a mode", (NEXT, Step(begun() + CHUNK + END)), (EVENT, ACCEPTED)),
    Case("an empty mode", (NEXT, response(f"{MODE}:")), (EVENT, ACCEPTED)),
    Case("spaces around the mode", (NEXT, response(f"{STREAMING}  ")), (EVENT, ACCEPTED)),
    Case(
        "error trailers",
        (NEXT, Step(begun(STREAMING, TRAILERS) + CHUNK + "0\r\n" + ERROR_TRAILERS + "\r\n"), NEXT),
        (EVENT, ACCEPTED, EVENT_2),
    ),
    Case(
        "trailers that nothing declares",
        (NEXT, Step(begun(STREAMING) + CHUNK + "0\r\n" + ERROR_TRAILERS + "\r\n"), NEXT),
        (EVENT, ACCEPTED, EVENT_2),
    ),
    Case("an error report", (NEXT, error()), (EVENT, ACCEPTED)),
    Case("the event once more", (NEXT, NEXT_ELSEWHERE, NEXT, response()), (EVENT, EVENT, EVENT, ACCEPTED)),
    Case(
        "two invocations",
        (NEXT, response(), NEXT, error()),
        (EVENT, ACCEPTED, EVENT_2, ACCEPTED),
    ),
    Case(
        "a client that asks before it sends the body",
        (NEXT, Step(begun(EXPECT), reads="continue"), Step(CHUNK + END)),
        (EVENT, ACCEPTED),
    ),
    Case("an init error", (init_error(),), (ACCEPTED,)),
]

WRONG_IDS = [
    Case(
        "a wrong id, then the right one",
        (NEXT, response(request_id="wrong"), error(request_id="wrong"), response()),
        (EVENT, WRONG_ID, WRONG_ID, ACCEPTED),
    ),
    Case(
        "the id of the invocation before",
        (NEXT, response(), NEXT, response(request_id="{first id}"), error(request_id="{first id}"), response()),
        (EVENT, ACCEPTED, EVENT_2, WRONG_ID, WRONG_ID, ACCEPTED),
    ),
    Case("an answer before any event", (response(), error(), NEXT), (WRONG_ID, WRONG_ID, EVENT)),
    Case(
        "a wrong id and a wrong mode",
        (NEXT, response(f"{MODE}: x", request_id="y"), response()),
        (EVENT, WRONG_ID, ACCEPTED),
    ),
    Case(
        "a wrong id and a wrong state",
        (NEXT, response(), response(request_id="wrong"), NEXT),
        (EVENT, ACCEPTED, WRONG_ID, EVENT_2),
    ),
]

WRONG_STATES = [
    Case(
        "after a response",
        (NEXT, response(), response(), error(), init_error(), NEXT),
        (
            EVENT,
            ACCEPTED,
            forbidden(SENT, "InvocationResponse"),
            forbidden(SENT, "InvocationErrorResponse"),
            forbidden(SENT, "InitError"),
            EVENT_2,
        ),
    ),
    Case(
        "after an error report",
        (NEXT, error(), error(), response(), NEXT),
        (
            EVENT,
            ACCEPTED,
            forbidden(SENT, "InvocationErrorResponse"),
            forbidden(SENT, "InvocationResponse"),
            EVENT_2,
        ),
    ),
    # Not /error or /response: the emulator lets them wait until the response is read, and then it is a matter of luck.
    Case(
        "while a response is open",
        (NEXT, Step(begun(STREAMING, EXPECT), reads="continue"), NEXT_ELSEWHERE, Step(CHUNK + END), NEXT),
        (EVENT, forbidden("InvocationResponse", "Ready"), ACCEPTED, EVENT_2),
    ),
    Case(
        "an init error too late", (NEXT, init_error(), response()), (EVENT, forbidden("Running", "InitError"), ACCEPTED)
    ),
    Case(
        "after an init error",
        (init_error(), init_error(), NEXT),
        (ACCEPTED, forbidden("InitError", "InitError"), forbidden("InitError", "Ready")),
    ),
    Case(
        "a wrong mode after a response",
        (NEXT, response(), response(f"{MODE}: x")),
        (EVENT, ACCEPTED, forbidden(SENT, "InvocationResponse")),
    ),
    *[
        Case(
            f"the mode {mode}",
            (NEXT, response(f"{MODE}: {mode}"), response(), error(), NEXT),
            (
                EVENT,
                WRONG_MODE,
                forbidden("InvocationResponse", "InvocationResponse"),
                forbidden("InvocationResponse", "InvocationErrorResponse"),
                forbidden("InvocationResponse", "Ready"),
            ),
        )
        for mode in ("Streaming", "buffered", "streaming,streaming")
    ],
]

TOO_LONG = [
    Case("the largest response", (NEXT, sized(MAX_BUFFERED_BYTES), NEXT), (EVENT, ACCEPTED, EVENT_2)),
    Case("a larger response", (NEXT, sized(MAX_BUFFERED_BYTES + 1), NEXT), (EVENT, TOO_LARGE, EVENT_2)),
    Case(
        "a larger stream",
        (
            NEXT,
            Step(
                begun(STREAMING) + f"{MAX_BUFFERED_BYTES + 1:x}\r\n",
                MAX_BUFFERED_BYTES + 1,
                "\r\n" + END,
            ),
            NEXT,
        ),
        (EVENT, ACCEPTED, EVENT_2),
        Difference((EVENT, TOO_LARGE, EVENT_2), "The emulator buffers, Lambda streams up to 200 MB."),
    ),
    Case(
        "a larger error report",
        (NEXT, sized(MAX_BUFFERED_BYTES + 1, "error")),
        (EVENT, ACCEPTED),
        Difference((EVENT, None), "The emulator drops the connection, and nothing says what Lambda does."),
    ),
    Case("the longest trailers", (NEXT, trailers_of(MAX_TRAILER_BYTES), NEXT), (EVENT, ACCEPTED, EVENT_2)),
    Case(
        "longer trailers",
        (NEXT, trailers_of(MAX_TRAILER_BYTES + 1), NEXT_ELSEWHERE),
        (EVENT, TRUNCATED, EVENT_2),
        Difference((EVENT, None, forbidden("InvocationResponse", "Ready")), BUFFERS),
    ),
]

BROKEN_OFF = [
    Case(
        "an error report without its end",
        (NEXT, Step(sized(9, "error").text + "{}", hangs_up=True), NEXT_ELSEWHERE),
        (EVENT, ACCEPTED, EVENT_2),
    ),
    Case(
        "an init error without its end",
        (Step(f"POST {BASE}/init/error HTTP/1.1\r\nHost: runtime\r\nContent-Length: 9\r\n\r\n{{}}", hangs_up=True),),
        (ACCEPTED,),
    ),
    Case(
        "a wrong id without its end",
        (NEXT, Step(begun().replace("{id}", "wrong") + CHUNK, hangs_up=True)),
        (EVENT, WRONG_ID),
    ),
    *[
        Case(
            name,
            (NEXT, Step(text, hangs_up=hangs_up), NEXT_ELSEWHERE),
            (EVENT, TRUNCATED, EVENT_2),
            Difference((EVENT, None, forbidden("InvocationResponse", "Ready")), BUFFERS),
        )
        for name, text, hangs_up in [
            ("a stream without its end", begun(STREAMING) + CHUNK, True),
            ("chunks without their end", begun() + CHUNK, True),
            ("a chunk without its end", begun(STREAMING) + "9\r\nok", True),
            ("trailers without their end", begun(STREAMING, TRAILERS) + CHUNK + "0\r\n" + ERROR_TRAILERS, True),
            ("a body that is shorter than its length", sized(9).text + "ok", True),
            ("a chunk of no size", begun(STREAMING) + "zz\r\n", False),
        ]
    ],
]

PATHS = [
    Case(
        "other paths",
        tuple(
            request("GET", path)
            for path in (
                "/",
                "/2018-06-01",
                "/2018-06-01/runtime",
                f"{BASE}/restore/next",
                f"{BASE}/invocation/next/",
                "/2015-03-31/runtime/invocation/next",
            )
        ),
        (NOT_FOUND,) * 6,
    ),
    Case("ping", (request("GET", "/2018-06-01/ping"), request("POST", "/2018-06-01/ping")), (PONG, WRONG_METHOD)),
    Case("a query", (request("GET", f"{BASE}/invocation/next?a=b"), response()), (EVENT, ACCEPTED)),
    Case(
        "ids that are none",
        tuple(
            request("POST", f"{BASE}/invocation/{name}/{call}")
            for name in ("", "a%2Fb")
            for call in ("response", "error")
        ),
        (WRONG_ID,) * 4,
    ),
    Case(
        "other methods",
        (
            request("POST", f"{BASE}/invocation/next"),
            request("GET", f"{BASE}/init/error"),
            request("PUT", f"{BASE}/invocation/x/response"),
            request("DELETE", f"{BASE}/invocation//error"),
        ),
        (WRONG_METHOD,) * 4,
    ),
    Case(
        "an extension",
        (request("POST", "/2020-01-01/extension/register", body="{}"),),
        (NOT_FOUND,),
        Difference((refused(403, "Extension.InvalidExtensionName", "Empty extension name"),), NO_EXTENSIONS),
    ),
    Case(
        "a subscription to logs",
        (request("PUT", "/2020-08-15/logs", body="{}"),),
        (NOT_FOUND,),
        Difference((refused(202, "Logs.NotSupported", "Logs API is not supported"),), NO_EXTENSIONS),
    ),
]

NOT_HTTP = [
    Case("no request line", (Step("hello\r\n\r\n"),), (BAD_REQUEST,)),
    Case("a header without a colon", (Step(f"GET {BASE}/invocation/next HTTP/1.1\r\nHost\r\n\r\n"),), (BAD_REQUEST,)),
    Case(
        "no host",
        (Step(f"GET {BASE}/invocation/next HTTP/1.1\r\n\r\n"),),
        (BAD_REQUEST,),
        Difference((Answer(400, "400 Bad Request: missing required Host header"),), PARSER),
    ),
    Case(
        "an unknown coding",
        (Step(f"POST {BASE}/init/error HTTP/1.1\r\nHost: runtime\r\nTransfer-Encoding: x\r\n\r\n"),),
        (Answer(501, "501 Not Implemented"),),
        Difference((Answer(501, "Unsupported transfer encoding"),), PARSER),
    ),
]

CASES = [*GOOD, *WRONG_IDS, *WRONG_STATES, *TOO_LONG, *BROKEN_OFF, *PATHS, *NOT_HTTP]
