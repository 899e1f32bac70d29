#!/bin/sh
# Asks the chat endpoint and shows the answer's text as it streams.
#
#   CHAT_URL=https://.../ sh ask.sh "Why is the sky blue?"
#
# -N shows each piece as it arrives. A URL that takes signed requests only: add AWS_AUTH=1, with AWS_REGION and
# credentials in the environment.
set -eu

question=${*:-Why is the sky blue?}
quoted=$(printf '%s' "$question" | sed 's/\\/\\\\/g; s/"/\\"/g')

set -- -N -sS --fail-with-body -H "content-type: application/json" -H "accept: text/plain"
if [ -n "${AWS_AUTH:-}" ]; then
  set -- "$@" --aws-sigv4 "aws:amz:$AWS_REGION:lambda" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
    -H "x-amz-security-token: ${AWS_SESSION_TOKEN:-}"
fi
curl "$@" -d "{\"message\": \"$quoted\"}" "${CHAT_URL%/}/chat"
echo
