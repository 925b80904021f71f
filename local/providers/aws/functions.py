"""The functions a program asks AWS with."""

import base64
from typing import Any

from botocore.exceptions import ClientError

from local.providers.aws.session import Aws, is_missing
from local.providers.aws.tags import from_key_value
from local.providers.failures import ProviderError
from local.providers.resource_types import Function
from local.providers.wire import Values


def _get_parameter(aws: Aws, arguments: Values) -> Values:
    found = aws.client("ssm").get_parameter(
        Name=arguments["name"], WithDecryption=arguments.get("withDecryption", True)
    )
    parameter = found["Parameter"]
    return {
        "arn": parameter["ARN"],
        "id": parameter["Name"],
        "insecureValue": "" if parameter["Type"] == "SecureString" else parameter["Value"],
        "name": parameter["Name"],
        "region": aws.region,
        "type": parameter["Type"],
        "value": parameter["Value"],
        "version": parameter["Version"],
        "withDecryption": arguments.get("withDecryption", True),
    }


def _get_vpc(aws: Aws, arguments: Values) -> Values:
    filters = _filters(arguments)
    if "default" in arguments:
        filters.append({"Name": "is-default", "Values": [str(arguments["default"]).lower()]})
    if "cidrBlock" in arguments:
        filters.append({"Name": "cidr", "Values": [arguments["cidrBlock"]]})
    by_id = {"VpcIds": [arguments["id"]]} if "id" in arguments else {}
    vpcs = aws.client("ec2").describe_vpcs(Filters=filters, **by_id)["Vpcs"]
    if len(vpcs) != 1:
        raise ProviderError(f"{len(vpcs)} VPCs match, but exactly one must. Name the VPC by its id.")
    vpc = vpcs[0]
    return {
        "arn": aws.arn("ec2", f"vpc/{vpc['VpcId']}"),
        "cidrBlock": vpc["CidrBlock"],
        "default": vpc["IsDefault"],
        "dhcpOptionsId": vpc.get("DhcpOptionsId", ""),
        "id": vpc["VpcId"],
        "instanceTenancy": vpc["InstanceTenancy"],
        "ownerId": vpc.get("OwnerId", ""),
        "region": aws.region,
        "state": vpc["State"],
        "tags": from_key_value(vpc.get("Tags", [])),
    }


def _get_subnets(aws: Aws, arguments: Values) -> Values:
    pages = aws.client("ec2").get_paginator("describe_subnets").paginate(Filters=_filters(arguments))
    ids = [subnet["SubnetId"] for page in pages for subnet in page["Subnets"]]
    given: Values = {name: arguments[name] for name in ("filters", "tags") if name in arguments}
    return {"id": aws.region, "ids": ids, "region": aws.region, **given}


def _get_route_tables(aws: Aws, arguments: Values) -> Values:
    filters = _filters(arguments)
    if "vpcId" in arguments:
        filters.append({"Name": "vpc-id", "Values": [arguments["vpcId"]]})
    pages = aws.client("ec2").get_paginator("describe_route_tables").paginate(Filters=filters)
    ids = [table["RouteTableId"] for page in pages for table in page["RouteTables"]]
    given: Values = {name: arguments[name] for name in ("filters", "tags", "vpcId") if name in arguments}
    return {"id": aws.region, "ids": ids, "region": aws.region, **given}


def _filters(arguments: Values) -> list[dict[str, Any]]:
    named = [{"Name": item["name"], "Values": item["values"]} for item in arguments.get("filters", [])]
    return named + [{"Name": f"tag:{key}", "Values": [value]} for key, value in arguments.get("tags", {}).items()]


def _get_bucket(aws: Aws, arguments: Values) -> Values:
    name = arguments["bucket"]
    try:
        found = aws.client("s3").head_bucket(Bucket=name)
    except ClientError as error:
        if not is_missing(error):
            raise
        raise ProviderError(f"There is no bucket {name!r}.") from error
    region = found.get("BucketRegion", aws.region)
    return {
        "arn": f"arn:{aws.partition}:s3:::{name}",
        "bucket": name,
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegion": region,
        "bucketRegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
        "id": name,
        "region": aws.region,
    }


def _get_region(aws: Aws, arguments: Values) -> Values:
    region = arguments.get("region") or arguments.get("name") or aws.region
    return {
        "id": region,
        "name": region,
        "region": region,
        "endpoint": f"ec2.{region}.amazonaws.com",
        "description": region,
    }


def _get_partition(aws: Aws, _: Values) -> Values:
    suffix = "amazonaws.com.cn" if aws.partition == "aws-cn" else "amazonaws.com"
    reverse = ".".join(reversed(suffix.split(".")))
    return {"id": aws.partition, "partition": aws.partition, "dnsSuffix": suffix, "reverseDnsPrefix": reverse}


def _get_caller_identity(aws: Aws, _: Values) -> Values:
    found = aws.client("sts").get_caller_identity()
    return {"accountId": found["Account"], "arn": found["Arn"], "id": found["Account"], "userId": found["UserId"]}


def _get_authorization_token(aws: Aws, arguments: Values) -> Values:
    registry = {"registryIds": [arguments["registryId"]]} if "registryId" in arguments else {}
    (data,) = aws.client("ecr").get_authorization_token(**registry)["authorizationData"]
    user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
    return {
        "authorizationToken": data["authorizationToken"],
        "expiresAt": data["expiresAt"].isoformat(),
        "id": aws.region,
        "password": password,
        "proxyEndpoint": data["proxyEndpoint"],
        "region": aws.region,
        "userName": user,
        **({"registryId": arguments["registryId"]} if registry else {}),
    }


def _get_images(aws: Aws, arguments: Values) -> Values:
    registry = {"registryId": arguments["registryId"]} if "registryId" in arguments else {}
    pages = (
        aws.client("ecr").get_paginator("list_images").paginate(repositoryName=arguments["repositoryName"], **registry)
    )
    return {
        "id": arguments["repositoryName"],
        "imageIds": [dict(image) for page in pages for image in page["imageIds"]],
        "region": aws.region,
        "repositoryName": arguments["repositoryName"],
        **registry,
    }


def _get_instance_type(aws: Aws, arguments: Values) -> Values:
    answer = aws.client("ec2").describe_instance_types(InstanceTypes=[arguments["instanceType"]])
    (found,) = answer["InstanceTypes"]
    return {
        "id": found["InstanceType"],
        "instanceType": found["InstanceType"],
        "currentGeneration": found.get("CurrentGeneration"),
        "defaultVcpus": found["VCpuInfo"]["DefaultVCpus"],
        "memorySize": found["MemoryInfo"]["SizeInMiB"],
        "region": aws.region,
        "supportedArchitectures": found["ProcessorInfo"]["SupportedArchitectures"],
    }


FUNCTIONS = (
    Function(
        "aws:ssm/getParameter:getParameter", frozenset({"name", "withDecryption"}), _get_parameter, frozenset({"name"})
    ),
    Function("aws:ec2/getVpc:getVpc", frozenset({"id", "default", "cidrBlock", "filters", "tags"}), _get_vpc),
    Function("aws:ec2/getSubnets:getSubnets", frozenset({"filters", "tags"}), _get_subnets),
    Function("aws:ec2/getRouteTables:getRouteTables", frozenset({"filters", "tags", "vpcId"}), _get_route_tables),
    Function(
        "aws:ec2/getInstanceType:getInstanceType",
        frozenset({"instanceType"}),
        _get_instance_type,
        frozenset({"instanceType"}),
    ),
    Function("aws:s3/getBucket:getBucket", frozenset({"bucket"}), _get_bucket, frozenset({"bucket"})),
    Function("aws:index/getRegion:getRegion", frozenset({"region", "name"}), _get_region),
    Function("aws:index/getPartition:getPartition", frozenset(), _get_partition),
    Function("aws:index/getCallerIdentity:getCallerIdentity", frozenset(), _get_caller_identity),
    Function(
        "aws:ecr/getImages:getImages",
        frozenset({"registryId", "repositoryName"}),
        _get_images,
        frozenset({"repositoryName"}),
    ),
    Function(
        "aws:ecr/getAuthorizationToken:getAuthorizationToken",
        frozenset({"registryId"}),
        _get_authorization_token,
        secrets=frozenset({"authorizationToken", "password"}),
    ),
)
