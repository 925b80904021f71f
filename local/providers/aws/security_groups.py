"""Security groups without inline rules, and their rules one by one."""

import time
from collections.abc import Iterable
from typing import Any, Final

from botocore.exceptions import ClientError

from local.providers.aws.session import Aws, code, found_or_none, is_missing
from local.providers.aws.tags import all_tags, from_key_value, retag_ec2, specification
from local.providers.failures import Failure
from local.providers.resource_types import IN_PLACE, REPLACES, AutoName, Change, ResourceType
from local.providers.wire import UNKNOWN, Values

_DEFAULT_DESCRIPTION: Final = "Managed by Pulumi"
# A terminated machine lets go of its group a little later.
_RELEASE_SECONDS: Final = 120
_SOURCES: Final = {
    "cidrIpv4": "CidrIpv4",
    "cidrIpv6": "CidrIpv6",
    "prefixListId": "PrefixListId",
    "referencedSecurityGroupId": "ReferencedGroupId",
}
_EVERY_PROTOCOL: Final = "-1"


def _create(aws: Aws, inputs: Values) -> str:
    ec2 = aws.client("ec2")
    located = {"VpcId": inputs["vpcId"]} if "vpcId" in inputs else {}
    group = ec2.create_security_group(
        GroupName=inputs["name"],
        Description=inputs.get("description", _DEFAULT_DESCRIPTION),
        TagSpecifications=specification("security-group", all_tags(inputs)),
        **located,
    )["GroupId"]
    # AWS lets everything out unless told otherwise; the real plugin takes that rule away.
    (found,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    if found["IpPermissionsEgress"]:
        ec2.revoke_security_group_egress(GroupId=group, IpPermissions=found["IpPermissionsEgress"])
    return str(group)


def _read(aws: Aws, identity: str, _: Values) -> Values | None:
    found = found_or_none(aws.client("ec2").describe_security_groups, GroupIds=[identity])
    if found is None:
        return None
    (group,) = found["SecurityGroups"]
    return {
        "id": identity,
        "arn": aws.arn("ec2", f"security-group/{identity}"),
        "description": group["Description"],
        "name": group["GroupName"],
        "ownerId": group["OwnerId"],
        "region": aws.region,
        "tagsAll": from_key_value(group.get("Tags", [])),
        "vpcId": group["VpcId"],
    }


def _update(aws: Aws, identity: str, change: Change) -> None:
    retag_ec2(aws.client("ec2"), identity, change)


def _delete(aws: Aws, identity: str, _: Values) -> None:
    deadline = time.monotonic() + _RELEASE_SECONDS
    while True:
        try:
            aws.client("ec2").delete_security_group(GroupId=identity)
            return
        except ClientError as error:
            if is_missing(error):
                return
            if code(error) != "DependencyViolation" or time.monotonic() > deadline:
                raise
            time.sleep(1)


def _permission(inputs: Values) -> dict[str, Any]:
    described = {"Description": inputs["description"]} if "description" in inputs else {}
    ports = {name: inputs[key] for key, name in (("fromPort", "FromPort"), ("toPort", "ToPort")) if key in inputs}
    source: dict[str, Any] = {}
    if "cidrIpv4" in inputs:
        source["IpRanges"] = [{"CidrIp": inputs["cidrIpv4"], **described}]
    elif "cidrIpv6" in inputs:
        source["Ipv6Ranges"] = [{"CidrIpv6": inputs["cidrIpv6"], **described}]
    elif "prefixListId" in inputs:
        source["PrefixListIds"] = [{"PrefixListId": inputs["prefixListId"], **described}]
    else:
        source["UserIdGroupPairs"] = [{"GroupId": inputs["referencedSecurityGroupId"], **described}]
    return {"IpProtocol": inputs["ipProtocol"], **ports, **source}


def _read_rule(aws: Aws, identity: str, _: Values) -> Values | None:
    found = found_or_none(aws.client("ec2").describe_security_group_rules, SecurityGroupRuleIds=[identity])
    if not found or not found["SecurityGroupRules"]:
        return None
    (rule,) = found["SecurityGroupRules"]
    source = {key: rule[name] for key, name in _SOURCES.items() if rule.get(name)}
    if group := rule.get("ReferencedGroupInfo", {}).get("GroupId"):
        source["referencedSecurityGroupId"] = group
    # AWS says -1 for the ports of a rule that has none.
    ports = {
        key: rule[name] for key, name in (("fromPort", "FromPort"), ("toPort", "ToPort")) if rule.get(name, -1) != -1
    }
    described = {"description": rule["Description"]} if rule.get("Description") else {}
    return {
        "id": identity,
        "arn": aws.arn("ec2", f"security-group-rule/{identity}"),
        "ipProtocol": rule["IpProtocol"],
        "region": aws.region,
        "securityGroupId": rule["GroupId"],
        "securityGroupRuleId": identity,
        "tagsAll": from_key_value(rule.get("Tags", [])),
        **described,
        **ports,
        **source,
    }


def _update_rule(aws: Aws, identity: str, change: Change) -> None:
    ec2, new = aws.client("ec2"), change.new
    if change.of("ipProtocol", "fromPort", "toPort", "description", *_SOURCES):
        rule = {name: new[key] for key, name in _SOURCES.items() if key in new}
        rule |= {"IpProtocol": new["ipProtocol"], "FromPort": new.get("fromPort", -1), "ToPort": new.get("toPort", -1)}
        rule |= {"Description": new["description"]} if "description" in new else {}
        rules = [{"SecurityGroupRuleId": identity, "SecurityGroupRule": rule}]
        ec2.modify_security_group_rules(GroupId=new["securityGroupId"], SecurityGroupRules=rules)
    retag_ec2(ec2, identity, change)


def _check_rule(inputs: Values) -> Iterable[Failure]:
    sources = [name for name in _SOURCES if name in inputs]
    if len(sources) != 1:
        given = ", ".join(sources) or "none"
        yield Failure("cidrIpv4", f"exactly one of {', '.join(_SOURCES)} must be set, but {given} is")
    protocol = inputs.get("ipProtocol", UNKNOWN)
    ports = [name for name in ("fromPort", "toPort") if name in inputs]
    if protocol == _EVERY_PROTOCOL and ports:
        yield Failure(ports[0], f"{ports[0]!r} must not be set, because 'ipProtocol' is '-1', every protocol")
    elif protocol in ("tcp", "udp") and len(ports) != 2:
        yield Failure("fromPort", f"'fromPort' and 'toPort' must both be set, because 'ipProtocol' is {protocol!r}")


def _rule_type(direction: str) -> ResourceType[Aws]:
    def create(aws: Aws, inputs: Values) -> str:
        authorize = getattr(aws.client("ec2"), f"authorize_security_group_{direction.lower()}")
        answer = authorize(
            GroupId=inputs["securityGroupId"],
            IpPermissions=[_permission(inputs)],
            TagSpecifications=specification("security-group-rule", all_tags(inputs)),
        )
        return str(answer["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def delete(aws: Aws, identity: str, state: Values) -> None:
        revoke = getattr(aws.client("ec2"), f"revoke_security_group_{direction.lower()}")
        if _read_rule(aws, identity, state) is not None:
            revoke(GroupId=state["securityGroupId"], SecurityGroupRuleIds=[identity])

    return ResourceType(
        token=f"aws:vpc/securityGroup{direction}Rule:SecurityGroup{direction}Rule",
        inputs={
            "securityGroupId": REPLACES,
            **dict.fromkeys(("description", "fromPort", "ipProtocol", "toPort", "tags", *_SOURCES), IN_PLACE),
        },
        create=create,
        read=_read_rule,
        update=_update_rule,
        delete=delete,
        computed=("arn", "region", "securityGroupRuleId"),
        check=_check_rule,
    )


SECURITY_GROUP = ResourceType(
    token="aws:ec2/securityGroup:SecurityGroup",  # noqa: S106 (a type's token)
    inputs={
        "name": REPLACES,
        "description": REPLACES,
        "vpcId": REPLACES,
        "revokeRulesOnDelete": IN_PLACE,
        "tags": IN_PLACE,
    },
    create=_create,
    read=_read,
    update=_update,
    delete=_delete,
    computed=("arn", "description", "ownerId", "region", "vpcId"),
    name=AutoName("name", longest=255),
)
INGRESS_RULE = _rule_type("Ingress")
EGRESS_RULE = _rule_type("Egress")
