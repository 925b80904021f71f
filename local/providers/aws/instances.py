"""EC2 instances."""

import base64
from collections.abc import Iterable
from typing import Any, Final

from botocore.exceptions import ClientError

from local.providers.aws.session import Aws, found_or_none, is_missing
from local.providers.aws.tags import all_tags, from_key_value, key_value, retag_ec2, specification
from local.providers.failures import Failure
from local.providers.resource_types import IN_PLACE, REPLACES, UNORDERED, Change, Property, ResourceType
from local.providers.shapes import Shape, from_aws, to_aws
from local.providers.wire import Values

# EC2 counts the bytes before they are encoded.
_MOST_USER_DATA: Final = 16384
_WAIT: Final = {"Delay": 1, "MaxAttempts": 300}
_METADATA: Shape = {
    "httpEndpoint": "HttpEndpoint",
    "httpTokens": "HttpTokens",
    "httpPutResponseHopLimit": "HttpPutResponseHopLimit",
    "httpProtocolIpv6": "HttpProtocolIpv6",
    "instanceMetadataTags": "InstanceMetadataTags",
}
_VOLUME: Shape = {
    "volumeType": "VolumeType",
    "volumeSize": "VolumeSize",
    "encrypted": "Encrypted",
    "kmsKeyId": "KmsKeyId",
    "iops": "Iops",
    "throughput": "Throughput",
    "deleteOnTermination": "DeleteOnTermination",
}
_MODIFIABLE_VOLUME: Final = frozenset({"volumeType", "volumeSize", "iops", "throughput"})
_AT_CREATION: Final = {
    "ami": "ImageId",
    "ebsOptimized": "EbsOptimized",
    "instanceType": "InstanceType",
    "keyName": "KeyName",
    "disableApiTermination": "DisableApiTermination",
}
_USER_DATA: Final = ("userData", "userDataBase64")


def _create(aws: Aws, inputs: Values) -> str:
    ec2 = aws.client("ec2")
    request: dict[str, Any] = {name: inputs[key] for key, name in _AT_CREATION.items() if key in inputs}
    request |= _network(inputs) | _details(inputs)
    if "rootBlockDevice" in inputs:
        request["BlockDeviceMappings"] = [_root_device(ec2, inputs)]
    tags = specification("instance", all_tags(inputs)) + specification("volume", _volume_tags(aws, inputs))
    (instance,) = ec2.run_instances(MinCount=1, MaxCount=1, TagSpecifications=tags, **request)["Instances"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance["InstanceId"]], WaiterConfig=_WAIT)
    return str(instance["InstanceId"])


def _network(inputs: Values) -> dict[str, Any]:
    placed = {"SubnetId": inputs["subnetId"]} if "subnetId" in inputs else {}
    groups = inputs.get("vpcSecurityGroupIds", [])
    if "associatePublicIpAddress" not in inputs:
        return {**placed, **({"SecurityGroupIds": groups} if groups else {})}
    public = inputs["associatePublicIpAddress"]
    return {"NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": public, "Groups": groups, **placed}]}


def _details(inputs: Values) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if any(name in inputs for name in _USER_DATA):
        details["UserData"] = _user_data(inputs)
    if "iamInstanceProfile" in inputs:
        details["IamInstanceProfile"] = {"Name": inputs["iamInstanceProfile"]}
    if "metadataOptions" in inputs:
        details["MetadataOptions"] = to_aws(inputs["metadataOptions"], _METADATA)
    if "monitoring" in inputs:
        details["Monitoring"] = {"Enabled": inputs["monitoring"]}
    return details


def _user_data(inputs: Values) -> bytes:
    if "userDataBase64" in inputs:
        return base64.b64decode(inputs["userDataBase64"])
    return str(inputs.get("userData", "")).encode()


def _root_device(ec2: Any, inputs: Values) -> dict[str, Any]:
    (image,) = ec2.describe_images(ImageIds=[inputs["ami"]])["Images"]
    settings = {key: value for key, value in inputs["rootBlockDevice"].items() if key != "tags"}
    return {"DeviceName": image["RootDeviceName"], "Ebs": to_aws(settings, _VOLUME)}


def _volume_tags(aws: Aws, inputs: Values) -> dict[str, str]:
    own = inputs.get("volumeTags") or inputs.get("rootBlockDevice", {}).get("tags")
    return {**aws.config.default_tags, **own} if own else {}


def _read(aws: Aws, identity: str, known: Values) -> Values | None:
    ec2 = aws.client("ec2")
    instance = _instance(ec2, identity)
    if instance is None:
        return None
    profile = instance.get("IamInstanceProfile", {}).get("Arn", "").rpartition("/")[2]
    encoded = (
        ec2.describe_instance_attribute(InstanceId=identity, Attribute="userData").get("UserData", {}).get("Value", "")
    )
    return {
        "id": identity,
        "ami": instance["ImageId"],
        "arn": aws.arn("ec2", f"instance/{identity}"),
        "availabilityZone": instance["Placement"]["AvailabilityZone"],
        "instanceState": instance["State"]["Name"],
        "instanceType": instance["InstanceType"],
        "metadataOptions": from_aws(instance.get("MetadataOptions", {}), _METADATA),
        "privateDns": instance.get("PrivateDnsName", ""),
        "privateIp": instance.get("PrivateIpAddress", ""),
        "publicDns": instance.get("PublicDnsName", ""),
        "publicIp": instance.get("PublicIpAddress", ""),
        "region": aws.region,
        "rootBlockDevice": _root_volume(ec2, instance),
        "subnetId": instance.get("SubnetId", ""),
        "tagsAll": from_key_value(instance.get("Tags", [])),
        "vpcSecurityGroupIds": _security_groups(instance),
        **({"iamInstanceProfile": profile} if profile else {}),
        **_known_user_data(known, base64.b64decode(encoded)),
    }


def _security_groups(instance: dict[str, Any]) -> list[str]:
    # moto tells the groups of a machine whose interface was described at its creation with the interface alone.
    primary = [one["Groups"] for one in instance.get("NetworkInterfaces", []) if one["Attachment"]["DeviceIndex"] == 0]
    groups = instance.get("SecurityGroups") or [group for groups in primary for group in groups]
    return [group["GroupId"] for group in groups]


def _known_user_data(known: Values, content: bytes) -> Values:
    if "userDataBase64" in known:
        same = base64.b64decode(known["userDataBase64"]) == content
        return {"userDataBase64": known["userDataBase64"] if same else base64.b64encode(content).decode()}
    return {"userData": content.decode(errors="replace")} if content else {}


def _instance(ec2: Any, identity: str) -> dict[str, Any] | None:
    found = found_or_none(ec2.describe_instances, InstanceIds=[identity])
    instances = (
        [instance for reservation in found["Reservations"] for instance in reservation["Instances"]] if found else []
    )
    living = [instance for instance in instances if instance["State"]["Name"] not in ("shutting-down", "terminated")]
    return living[0] if living else None


def _root_volume(ec2: Any, instance: dict[str, Any]) -> Values:
    root = instance.get("RootDeviceName")
    devices = [device for device in instance.get("BlockDeviceMappings", []) if device["DeviceName"] == root]
    if not devices:
        return {}
    (volume,) = ec2.describe_volumes(VolumeIds=[devices[0]["Ebs"]["VolumeId"]])["Volumes"]
    deleted = {"DeleteOnTermination": devices[0]["Ebs"].get("DeleteOnTermination")}
    named = {"VolumeSize": volume["Size"], "VolumeType": volume["VolumeType"], "Encrypted": volume["Encrypted"]}
    found = from_aws({**volume, **deleted, **named}, _VOLUME)
    return {**found, "tags": from_key_value(volume.get("Tags", [])), "volumeId": volume["VolumeId"], "deviceName": root}


def _update(aws: Aws, identity: str, change: Change) -> None:
    ec2, new = aws.client("ec2"), change.new
    retag_ec2(ec2, identity, change)
    if change.of("disableApiTermination"):
        protected = {"Value": bool(new.get("disableApiTermination"))}
        ec2.modify_instance_attribute(InstanceId=identity, DisableApiTermination=protected)
    if change.of("vpcSecurityGroupIds"):
        ec2.modify_instance_attribute(InstanceId=identity, Groups=new.get("vpcSecurityGroupIds", []))
    if change.of("metadataOptions"):
        ec2.modify_instance_metadata_options(InstanceId=identity, **to_aws(new.get("metadataOptions", {}), _METADATA))
    if change.of("monitoring"):
        (ec2.monitor_instances if new.get("monitoring") else ec2.unmonitor_instances)(InstanceIds=[identity])
    if change.of("iamInstanceProfile"):
        _replace_profile(ec2, identity, new.get("iamInstanceProfile"))
    if change.of("rootBlockDevice", "volumeTags"):
        _update_volume(aws, identity, change)
    if change.of("instanceType", *_USER_DATA):
        _update_stopped(ec2, identity, change)


def _replace_profile(ec2: Any, identity: str, profile: str | None) -> None:
    filters = [{"Name": "instance-id", "Values": [identity]}]
    associations = ec2.describe_iam_instance_profile_associations(Filters=filters)["IamInstanceProfileAssociations"]
    for association in associations:
        ec2.disassociate_iam_instance_profile(AssociationId=association["AssociationId"])
    if profile:
        ec2.associate_iam_instance_profile(InstanceId=identity, IamInstanceProfile={"Name": profile})


def _update_volume(aws: Aws, identity: str, change: Change) -> None:
    ec2 = aws.client("ec2")
    instance = _instance(ec2, identity) or {}
    volume = _root_volume(ec2, instance)["volumeId"]
    old, new = change.old.get("rootBlockDevice", {}), change.new.get("rootBlockDevice", {})
    changed = {key: new[key] for key in _MODIFIABLE_VOLUME if key in new and new[key] != old.get(key)}
    if changed:
        renamed = {"volumeSize": "Size"}
        ec2.modify_volume(
            VolumeId=volume, **{renamed.get(key, str(_VOLUME[key])): value for key, value in changed.items()}
        )
    before, after = _volume_tags(aws, change.old), _volume_tags(aws, change.new)
    if gone := sorted(before.keys() - after.keys()):
        ec2.delete_tags(Resources=[volume], Tags=[{"Key": key} for key in gone])
    if before != after and after:
        ec2.create_tags(Resources=[volume], Tags=key_value(after))


def _update_stopped(ec2: Any, identity: str, change: Change) -> None:
    # A running machine takes neither; after the start cloud-init has long been, so new user-data runs nothing.
    ec2.stop_instances(InstanceIds=[identity])
    ec2.get_waiter("instance_stopped").wait(InstanceIds=[identity], WaiterConfig=_WAIT)
    if change.of("instanceType"):
        ec2.modify_instance_attribute(InstanceId=identity, InstanceType={"Value": change.new["instanceType"]})
    if change.of(*_USER_DATA):
        ec2.modify_instance_attribute(InstanceId=identity, UserData={"Value": _user_data(change.new)})
    ec2.start_instances(InstanceIds=[identity])
    ec2.get_waiter("instance_running").wait(InstanceIds=[identity], WaiterConfig=_WAIT)


def _delete(aws: Aws, identity: str, state: Values) -> None:
    ec2 = aws.client("ec2")
    try:
        # As with the real plugin, force_destroy counts only if an earlier update stored it.
        if state.get("forceDestroy") and state.get("disableApiTermination"):
            ec2.modify_instance_attribute(InstanceId=identity, DisableApiTermination={"Value": False})
        ec2.terminate_instances(InstanceIds=[identity])
    except ClientError as error:
        if is_missing(error):
            return
        raise
    ec2.get_waiter("instance_terminated").wait(InstanceIds=[identity], WaiterConfig=_WAIT)


def _check(inputs: Values) -> Iterable[Failure]:
    for name in _USER_DATA:
        if isinstance(inputs.get(name), str) and (size := len(_user_data({name: inputs[name]}))) > _MOST_USER_DATA:
            yield Failure(name, f"{name!r} has {size} bytes, but {_MOST_USER_DATA} is the most EC2 takes")
    if "userData" in inputs and "userDataBase64" in inputs:
        yield Failure("userData", "'userData' and 'userDataBase64' are both set, but a machine has one user-data")
    if "ami" not in inputs or "instanceType" not in inputs:
        yield Failure("ami", "'ami' and 'instanceType' must be set, because no launch template is named")


def _also_replaces(old: Values, new: Values) -> Iterable[str]:
    if new.get("userDataReplaceOnChange"):
        yield from _USER_DATA
    before, after = old.get("rootBlockDevice", {}), new.get("rootBlockDevice", {})
    fixed = (before.keys() | after.keys()) - _MODIFIABLE_VOLUME - {"tags"}
    if any(before.get(key) != after.get(key) for key in fixed):
        yield "rootBlockDevice"


INSTANCE = ResourceType(
    token="aws:ec2/instance:Instance",  # noqa: S106 (a type's token)
    inputs={
        "ami": REPLACES,
        "associatePublicIpAddress": REPLACES,
        "disableApiTermination": IN_PLACE,
        "ebsOptimized": REPLACES,
        "forceDestroy": IN_PLACE,
        "iamInstanceProfile": IN_PLACE,
        "instanceType": IN_PLACE,
        "keyName": REPLACES,
        "metadataOptions": Property(shape=_METADATA),
        "monitoring": IN_PLACE,
        "rootBlockDevice": Property(shape={**_VOLUME, "tags": "Tags"}),
        "subnetId": REPLACES,
        "tags": IN_PLACE,
        "userData": IN_PLACE,
        "userDataBase64": IN_PLACE,
        "userDataReplaceOnChange": IN_PLACE,
        "volumeTags": IN_PLACE,
        "vpcSecurityGroupIds": UNORDERED,
    },
    create=_create,
    read=_read,
    update=_update,
    delete=_delete,
    computed=(
        "arn",
        "availabilityZone",
        "instanceState",
        "privateDns",
        "privateIp",
        "publicDns",
        "publicIp",
        "region",
        "subnetId",
        "vpcSecurityGroupIds",
    ),
    unsettled={"instanceType": ("publicDns", "publicIp"), "userData": ("publicDns", "publicIp")},
    check=_check,
    also_replaces=_also_replaces,
)
