"""What an account has before anybody provisions anything: public parameters, and an operator."""

import datetime
import json
from typing import Final

from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.ec2.models.amis import Ami
from moto.iam.models import iam_backends
from moto.ssm.models import Parameter, ssm_backends

OPERATOR: Final = "operator"
_DEEP_LEARNING: Final = "/aws/service/deeplearning/ami/x86_64"
# Published by Canonical and AWS; moto has only Amazon Linux's, and its API refuses names that begin with /aws/.
PUBLIC_PARAMETERS: Final = {
    "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id": "ami-0a1b2c3d4e5f60718",
    f"{_DEEP_LEARNING}/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id": "ami-0b1c2d3e4f5061728",
}
_ADMINISTRATOR: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def seed_parameters(region: str) -> None:
    """Add the public parameters to a region."""
    parameters = ssm_backends[DEFAULT_ACCOUNT_ID][region]._parameters
    for name, value in PUBLIC_PARAMETERS.items():
        parameters[name].append(
            Parameter(
                account_id=DEFAULT_ACCOUNT_ID,
                name=name,
                value=value,
                parameter_type="String",
                description=None,
                allowed_pattern=None,
                keyid=None,
                last_modified_date=datetime.datetime.now(tz=datetime.UTC),
                version=1,
                data_type="aws:ec2:image",
            )
        )


def seed_images(region: str) -> None:
    """Register the machine images the public parameters name."""
    ec2 = ec2_backends[DEFAULT_ACCOUNT_ID][region]
    for name, image_id in PUBLIC_PARAMETERS.items():
        ec2.amis[image_id] = Ami(
            ec2,
            image_id,
            name=name,
            description="Stands for the image the parameter names; machines boot from the rehearsal's own.",
            owner_id="099720109477",
            public=True,
            virtualization_type="hvm",
            architecture="x86_64",
            root_device_type="ebs",
            region_name=region,
        )


def create_operator(access_key: str, secret_key: str) -> None:
    """Create the IAM user who provisions, with a key known beforehand."""
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    iam.create_user("us-east-1", OPERATOR)
    iam.put_user_policy(OPERATOR, "administrator", json.dumps(_ADMINISTRATOR))
    key = iam.create_access_key(OPERATOR)
    key.access_key_id = access_key
    key.secret_access_key = secret_key
