"""Every check, in the order in which they run: first what the others rest upon."""

from __future__ import annotations

from stream_check.checks import access, cdn, cors, delivery, deployment, failures, heartbeats, history, size
from stream_check.finding import Check

CHECKS = (
    Check("stream.answered", "The question is answered", delivery.is_answered),
    Check("stream.progressive", "The answer arrives while it is made", delivery.is_progressive),
    Check("stream.first-byte", "The first byte is there in time", delivery.first_byte_is_in_time),
    Check("stream.first-token", "The first token is there in time", delivery.first_token_is_in_time),
    Check("stream.whole", "The answer arrives whole", delivery.is_whole),
    Check("stream.type", "The answer says what it is", delivery.says_what_it_is),
    Check("stream.heartbeats", "A silent stream is kept open", heartbeats.silence_is_filled),
    Check("errors.before", "An error before the stream is a status", failures.early_errors_have_a_status),
    Check("errors.inside", "An error inside the stream is an event", failures.late_errors_are_events),
    Check("access.nobody", "Who shows nothing is refused", access.nobody_is_refused),
    Check("access.wrong", "Wrong credentials are refused", access.wrong_credentials_are_refused),
    Check("access.expired", "An old signature is refused", access.an_old_signature_is_refused),
    Check("access.grants", "An open URL has both its grants", access.both_grants_are_there),
    Check("access.direct", "Nobody invokes the function past its URL", access.nobody_invokes_past_the_url),
    Check("cdn.direct", "Nobody goes around the CDN", cdn.direct_url_is_closed),
    Check("cdn.grants", "The CDN has both its grants", cdn.both_grants_are_there),
    Check("cdn.hash", "The CDN passes on only the body that was hashed", cdn.another_body_is_refused),
    Check("cdn.countries", "The CDN has the list of countries", cdn.countries_are_as_wanted),
    Check("cdn.blocked", "The CDN shuts out other countries", cdn.another_country_is_shut_out),
    Check("cdn.silence", "The CDN waits for heartbeats", cdn.silence_is_waited_out),
    Check("cdn.cache", "The CDN keeps no answer", cdn.no_answer_is_kept),
    Check("cors.preflight", "A page may ask", cors.preflight_is_allowed),
    Check("cors.answer", "A page may read the answer", cors.answer_is_readable),
    Check("history.kept", "A conversation is kept, and goes on", history.turns_are_kept),
    Check("history.private", "Nobody reads another's conversation", history.sessions_are_private),
    Check("history.forgotten", "A conversation is forgotten", history.sessions_are_forgotten),
    Check("deployed.url", "The Function URL streams", deployment.url_streams),
    Check("deployed.api", "The REST API streams", deployment.api_streams),
    Check("deployed.runtime", "The runtime is supported", deployment.runtime_is_supported),
    Check("deployed.logs", "The logs have an end", deployment.logs_end),
    Check("deployed.capped", "An open URL is capped", deployment.open_url_is_capped),
    Check("size.large", "More than 6 MB arrive", size.large_answers_arrive),
    Check("size.long", "More than five minutes arrive", size.long_answers_arrive),
)
