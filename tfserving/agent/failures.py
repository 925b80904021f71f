"""What failures are called in the status, where operators read them without a traceback."""

from tfserving.errors import TfServingError


def explain(error: BaseException) -> str:
    """Give an error's text; one that nobody foresaw is called by its type as well, so that it can be looked up."""
    from botocore.exceptions import BotoCoreError, ClientError

    if isinstance(error, TfServingError | BotoCoreError | ClientError | OSError):
        return str(error)
    return f"{type(error).__name__}: {error}"
