"""Where a model lives: names the model store allows, and base paths that mean the store."""

import re
from collections.abc import Iterator

from tfserving.errors import Problem
from tfserving.server_configs.reading import Entry

# The store's rule: a name is one folder, and a letter keeps it apart from a version and from '..'.
MODEL_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_.-]+")
_NAME_RULE = "Use letters, digits, '_', '.' and '-', with at least one letter."


def store_base_path(bucket: str, model: str) -> str:
    """The one place of a model in a bucket, without a trailing slash."""
    return f"s3://{bucket}/models/{model}"


def model_name_rules(model: Entry) -> Iterator[Problem]:
    """A model needs a name, and the store has to be able to hold it."""
    name = model.get("name")
    if name is None and model.whole and not model.refused:
        yield Problem(model.where, "This model has no name. Add one, such as 'name: \"digits\"'.")
    if name is None or not isinstance(name.value, str):
        return
    if not name.value:
        yield Problem(name.where, f"The model's name is empty. {_NAME_RULE}")
    elif not MODEL_NAME.fullmatch(name.value):
        yield Problem(name.where, f"The model name {name.value!r} cannot be a folder of the model store. {_NAME_RULE}")


def base_path_rules(model: Entry, bucket: str | None) -> Iterator[Problem]:
    """A base path is left out or is the model's own folder in the store; nothing else is served."""
    path, name = model.get("base_path"), model.get("name")
    if path is None or not isinstance(path.value, str):
        return
    known = str(name.value) if name and isinstance(name.value, str) and MODEL_NAME.fullmatch(name.value) else None
    mistake = _mistake(path.value, known, bucket)
    if mistake:
        right = store_base_path(bucket or "<bucket>", known or "<name>")
        yield Problem(
            path.where,
            f"base_path {path.value!r} {mistake}. Leave it out, it is filled in, or write {right!r}.",
        )


def _mistake(path: str, model: str | None, bucket: str | None) -> str | None:
    scheme, separator, rest = path.partition("://")
    if not separator:
        if path.startswith("/"):
            return "is a folder of one machine, and machines copy their models from the model store themselves"
        return "is relative, which TensorFlow Serving refuses" if path else "is empty"
    if scheme != "s3":
        return "is outside of the model store"
    host, _, key = rest.partition("/")
    return _wrong_key(key.rstrip("/"), model) or _wrong_bucket(host, bucket)


def _wrong_key(key: str, model: str | None) -> str | None:
    folder, _, below = key.partition("/")
    if folder != "models":
        return "is outside of the model store"
    if not below:
        return "is the folder of all models; the server would look for versions right in it and wait for ever"
    owner, _, version = below.partition("/")
    if version.isdecimal() and owner == (model or owner):
        return "is the folder of one version; a base path is the folder that holds the versions"
    if version:
        return "is a folder below a model's own"
    if model is not None and owner != model:
        return f"belongs to another model, not to {model!r}"
    return None


def _wrong_bucket(host: str, bucket: str | None) -> str | None:
    if not host:
        return "names no bucket"
    if bucket is not None and host != bucket:
        return f"is in another bucket than this stack's model store, {bucket!r}"
    return None
