#!/bin/sh
# Asks the chat endpoint and shows the answer's text as it streams.
#
#   CHAT_URL=https://.../ sh ask.sh "Why is the sky blue?"
#
# -N shows each piece as it arrives. A URL that takes signed requests only: add AWS_AUTH=1, with AWS_REGION and
# credentials in the environment. The service is Lambda's or API Gateway's, as the URL's host says, or AWS_SERVICE.
set -eu

question=${*:-Why is the sky blue?}
# As JSON writes text: quotes and backslashes after a backslash, control characters by their numbers.
quoted=$(printf '%s\n' "$question" | awk '
  BEGIN {
    for (i = 1; i < 32; i++) code[sprintf("%c", i)] = sprintf("%s%04x", "\\u", i)
    code["\""] = "\\\""
    code["\\"] = "\\\\"
  }
  {
    if (NR > 1) printf "%s", "\\n"
    for (i = 1; i <= length($0); i++) {
      character = substr($0, i, 1)
      printf "%s", (character in code) ? code[character] : character
    }
  }')

set -- -N -sS --fail-with-body -H "content-type: application/json" -H "accept: text/plain"
case $CHAT_URL in
  *.execute-api.*) service=${AWS_SERVICE:-execute-api} ;;
  *) service=${AWS_SERVICE:-lambda} ;;
esac
if [ -n "${AWS_AUTH:-}" ]; then
  set -- "$@" --aws-sigv4 "aws:amz:$AWS_REGION:$service" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
    -H "x-amz-security-token: ${AWS_SESSION_TOKEN:-}"
fi
curl "$@" -d "{\"message\": \"$quoted\"}" "${CHAT_URL%/}/chat"
echo
