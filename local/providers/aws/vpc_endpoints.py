"""VPC endpoints, of the gateway and the interface kind."""

from collections.abc import Iterable
from typing import Any, Final

from local.providers.aws.documents import check_json
from local.providers.aws.session import Aws, found_or_none
from local.providers.aws.tags import all_tags, from_key_value, retag_ec2, specification
from local.providers.failures import Failure
from local.providers.resource_types import IN_PLACE, JSON, REPLACES, UNORDERED, Change, ResourceType
from local.providers.wire import UNKNOWN, Values

_GATEWAY: Final = "Gateway"
_FIXED: Final = {
    "vpcId": "VpcId",
    "serviceName": "ServiceName",
    "vpcEndpointType": "VpcEndpointType",
}
# What is added and taken away one by one, by the kind of endpoint that has it.
_LISTS: Final = {
    "routeTableIds": ("RouteTableIds", _GATEWAY),
    "subnetIds": ("SubnetIds", "Interface"),
    "securityGroupIds": ("SecurityGroupIds", "Interface"),
}
_CHANGED: Final = {"policy": "PolicyDocument", "privateDnsEnabled": "PrivateDnsEnabled"}
_GONE: Final = frozenset({"deleting", "deleted"})


def _create(aws: Aws, inputs: Values) -> str:
    lists = {key: name for key, (name, _) in _LISTS.items()}
    request = {name: inputs[key] for key, name in {**_FIXED, **_CHANGED, **lists}.items() if key in inputs}
    tags = specification("vpc-endpoint", all_tags(inputs))
    answer = aws.client("ec2").create_vpc_endpoint(TagSpecifications=tags, **request)
    return str(answer["VpcEndpoint"]["VpcEndpointId"])


def _read(aws: Aws, identity: str, _: Values) -> Values | None:
    found = found_or_none(aws.client("ec2").describe_vpc_endpoints, VpcEndpointIds=[identity])
    endpoints = found["VpcEndpoints"] if found else []
    if not endpoints or endpoints[0]["State"].lower() in _GONE:
        return None
    (endpoint,) = endpoints
    return {
        "id": identity,
        "arn": aws.arn("ec2", f"vpc-endpoint/{identity}"),
        **{key: endpoint[name] for key, name in _FIXED.items() if endpoint.get(name)},
        "policy": endpoint["PolicyDocument"],
        "privateDnsEnabled": bool(endpoint.get("PrivateDnsEnabled")),
        "region": aws.region,
        "routeTableIds": endpoint.get("RouteTableIds", []),
        "securityGroupIds": [group["GroupId"] for group in endpoint.get("Groups", [])],
        "state": endpoint["State"],
        "subnetIds": endpoint.get("SubnetIds", []),
        "tagsAll": from_key_value(endpoint.get("Tags", [])),
    }


def _update(aws: Aws, identity: str, change: Change) -> None:
    ec2 = aws.client("ec2")
    request: dict[str, Any] = {name: change.new[key] for key, name in _CHANGED.items() if _now_other(change, key)}
    for key, (name, _) in _LISTS.items():
        old, new = set(change.old.get(key, [])), set(change.new.get(key, []))
        request |= {f"Add{name}": sorted(new - old)} if new - old else {}
        request |= {f"Remove{name}": sorted(old - new)} if old - new else {}
    if request:
        ec2.modify_vpc_endpoint(VpcEndpointId=identity, **request)
    retag_ec2(ec2, identity, change)


def _now_other(change: Change, key: str) -> bool:
    return key in change.new and change.of(key)


def _delete(aws: Aws, identity: str, state: Values) -> None:
    if _read(aws, identity, state) is not None:
        aws.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[identity])


def _check(inputs: Values) -> Iterable[Failure]:
    yield from check_json("policy")(inputs)
    kind = inputs.get("vpcEndpointType", _GATEWAY)
    for key, (_, owner) in _LISTS.items():
        if kind not in (UNKNOWN, owner) and inputs.get(key):
            yield Failure(key, f"{key!r} is set, but 'vpcEndpointType' is {kind!r}, and only {owner!r} has them")


VPC_ENDPOINT = ResourceType(
    token="aws:ec2/vpcEndpoint:VpcEndpoint",  # noqa: S106 (a type's token)
    inputs={
        **dict.fromkeys(_FIXED, REPLACES),
        **dict.fromkeys(_LISTS, UNORDERED),
        "policy": JSON,
        "privateDnsEnabled": IN_PLACE,
        "tags": IN_PLACE,
    },
    create=_create,
    read=_read,
    update=_update,
    delete=_delete,
    computed=("arn", "policy", "region", "state"),
    check=_check,
)
