"""The AWS provider: the resource types of this project, as calls of boto3."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from local.providers.aws.bucket_settings import SETTINGS
from local.providers.aws.buckets import BUCKET
from local.providers.aws.build_projects import BUILD_PROJECT
from local.providers.aws.config import check_config, read_config
from local.providers.aws.functions import FUNCTIONS
from local.providers.aws.instances import INSTANCE
from local.providers.aws.log_groups import LOG_GROUP
from local.providers.aws.object_functions import OBJECT_FUNCTIONS
from local.providers.aws.objects import OBJECT
from local.providers.aws.repositories import LIFECYCLE_POLICY, REPOSITORY
from local.providers.aws.roles import INSTANCE_PROFILE, ROLE, ROLE_POLICY, ROLE_POLICY_ATTACHMENT
from local.providers.aws.secrets import SECRET, SECRET_VERSION
from local.providers.aws.security_groups import EGRESS_RULE, INGRESS_RULE, SECURITY_GROUP
from local.providers.aws.session import Aws
from local.providers.aws.tables import TABLE
from local.providers.aws.users import ACCESS_KEY, USER, USER_POLICY
from local.providers.aws.vpc_endpoints import VPC_ENDPOINT
from local.providers.failures import Failure, ProviderError
from local.providers.provider import Provider
from local.providers.resource_types import ResourceType
from local.providers.wire import UNKNOWN, Values

RESOURCES: Final = (
    BUCKET,
    *SETTINGS,
    OBJECT,
    ROLE,
    ROLE_POLICY,
    ROLE_POLICY_ATTACHMENT,
    INSTANCE_PROFILE,
    USER,
    USER_POLICY,
    ACCESS_KEY,
    SECRET,
    SECRET_VERSION,
    TABLE,
    LOG_GROUP,
    BUILD_PROJECT,
    REPOSITORY,
    LIFECYCLE_POLICY,
    SECURITY_GROUP,
    INGRESS_RULE,
    EGRESS_RULE,
    VPC_ENDPOINT,
    INSTANCE,
)
_TAGS_ALL: Final = "tagsAll"


class AwsProvider(Provider[Aws]):
    """Stands where the AWS plugin would; talks to the endpoints of its configuration and to nothing else."""

    package = "aws"
    sdk = version("pulumi_aws")

    def __init__(self) -> None:
        functions = (*FUNCTIONS, *OBJECT_FUNCTIONS)
        super().__init__({kind.token: kind for kind in RESOURCES}, {function.token: function for function in functions})

    def check_config(self, values: Values) -> Iterator[Failure]:
        """Check the keys of `aws:`."""
        return check_config(values)

    def configure(self, values: Values) -> Aws:
        """Take the configuration; the account is asked for only if the stack says which are allowed."""
        aws = Aws(read_config(values))
        allowed = aws.config.allowed_accounts
        if allowed and aws.account not in allowed:
            raise ProviderError(
                f"The account is {aws.account}, but aws:allowedAccountIds allows {', '.join(allowed)} only."
            )
        return aws

    def added(self, kind: ResourceType[Aws]) -> tuple[str, ...]:
        """Name `tagsAll` for whatever has tags."""
        return (_TAGS_ALL,) if "tags" in kind.inputs else ()

    def complete(self, kind: ResourceType[Aws], inputs: Values) -> Values:
        """Join the provider's default tags with the resource's own, which win."""
        if "tags" not in kind.inputs:
            return inputs
        own = inputs.get("tags", {})
        return {**inputs, _TAGS_ALL: UNKNOWN if own is UNKNOWN else {**self.context.config.default_tags, **own}}

    def settle(self, kind: ResourceType[Aws], known: Values, found: Values) -> Values:
        """Tell a resource's own tags from default ones."""
        if _TAGS_ALL in found and "tags" in kind.inputs:
            defaults, mine = self.context.config.default_tags, known.get("tags", {})
            own = {key: value for key, value in found[_TAGS_ALL].items() if key in mine or defaults.get(key) != value}
            found = {**found, **({"tags": own} if own or "tags" in known else {})}
        return super().settle(kind, known, found)

    def explain(self, error: Exception) -> str | None:
        """Give AWS's code and text of an error."""
        if isinstance(error, ClientError):
            details = error.response.get("Error", {})
            return f"{error.operation_name}: {details.get('Code', 'Unknown')}: {details.get('Message', '')}"
        return str(error) if isinstance(error, BotoCoreError) else None
