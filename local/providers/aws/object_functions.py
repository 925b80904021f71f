"""What a program reads in S3."""

from typing import Final

from local.providers.aws.session import Aws
from local.providers.resource_types import Function
from local.providers.wire import Values

# The real plugin hands over the content of what people can read, and of nothing else.
_MOST_KEYS: Final = 1000
_READABLE = ("text/", "application/json", "application/xml")


def _get_object(aws: Aws, arguments: Values) -> Values:
    bucket, key = arguments["bucket"], arguments["key"]
    found = aws.client("s3").get_object(Bucket=bucket, Key=key)
    content = found["Body"].read()
    readable = found["ContentType"].startswith(_READABLE)
    return {
        "id": f"{bucket}/{key}",
        "arn": f"arn:{aws.partition}:s3:::{bucket}/{key}",
        "bucket": bucket,
        "key": key,
        "body": content.decode() if readable else "",
        "contentLength": found["ContentLength"],
        "contentType": found["ContentType"],
        "etag": found["ETag"].strip('"'),
        "lastModified": found["LastModified"].strftime("%a, %d %b %Y %H:%M:%S UTC"),
        "metadata": found["Metadata"],
        "region": aws.region,
        "versionId": found.get("VersionId", ""),
    }


def _get_objects(aws: Aws, arguments: Values) -> Values:
    limits = {"MaxItems": int(arguments.get("maxKeys") or _MOST_KEYS)}
    named = {"prefix": "Prefix", "delimiter": "Delimiter"}
    given = {name: arguments[key] for key, name in named.items() if key in arguments}
    pages = aws.client("s3").get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=arguments["bucket"], PaginationConfig=limits, **given).build_full_result()
    return {
        "id": arguments["bucket"],
        "bucket": arguments["bucket"],
        "commonPrefixes": [common["Prefix"] for common in found.get("CommonPrefixes", [])],
        "keys": [entry["Key"] for entry in found.get("Contents", [])],
        "owners": [],
        "region": aws.region,
        "requestCharged": "",
        **{key: arguments[key] for key in ("delimiter", "maxKeys", "prefix") if key in arguments},
    }


OBJECT_FUNCTIONS = (
    Function("aws:s3/getObject:getObject", frozenset({"bucket", "key"}), _get_object, frozenset({"bucket", "key"})),
    Function(
        "aws:s3/getObjects:getObjects",
        frozenset({"bucket", "delimiter", "maxKeys", "prefix"}),
        _get_objects,
        frozenset({"bucket"}),
    ),
)
