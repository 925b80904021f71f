"""What a program reads in S3."""

from local.providers.aws.session import Aws
from local.providers.resource_types import Function
from local.providers.wire import Values

# The real plugin hands over the content of what people can read, and of nothing else.
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
    bucket, prefix, most = arguments["bucket"], arguments.get("prefix", ""), int(arguments.get("maxKeys", 1000))
    pages = (
        aws.client("s3")
        .get_paginator("list_objects_v2")
        .paginate(Bucket=bucket, Prefix=prefix, PaginationConfig={"MaxItems": most})
    )
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
    return {"id": bucket, "bucket": bucket, "prefix": prefix, "keys": keys, "region": aws.region}


OBJECT_FUNCTIONS = (
    Function("aws:s3/getObject:getObject", frozenset({"bucket", "key"}), _get_object, frozenset({"bucket", "key"})),
    Function(
        "aws:s3/getObjects:getObjects", frozenset({"bucket", "prefix", "maxKeys"}), _get_objects, frozenset({"bucket"})
    ),
)
