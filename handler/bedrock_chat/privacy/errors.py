"""What can go wrong when personal data is looked for or put back, beside the tree of bedrock_chat.errors.

ChatError
`-- PrivacyError
    |-- DetectionFailed         the detector, or the way to it
    |-- UnsupportedLanguage     the text is in a language that the detector can't read
    |-- TooMuchPersonalData     a conversation has more of it than can be kept
    `-- WrongState              what was kept of a conversation's placeholders can't be read

No message quotes the text, and none has a cause: both go to clients and logs, which may hold no personal data.
"""

from bedrock_chat.errors import ChatError


class PrivacyError(ChatError):
    """The root: whoever goes on in spite of it lets personal data through."""

    code = "redaction_failed"


class DetectionFailed(PrivacyError):
    """Nobody knows which personal data the text holds."""

    status = 503


class UnsupportedLanguage(PrivacyError):
    """The text is in a language in which personal data can't be found."""

    code = "unsupported_language"
    type = "invalid_request_error"
    status = 400


class TooMuchPersonalData(PrivacyError):
    """A conversation has more personal data than can be kept for it."""

    code = "too_much_personal_data"
    type = "invalid_request_error"
    status = 400


class WrongState(PrivacyError):
    """A conversation's placeholders can't be restored."""
