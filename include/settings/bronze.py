"""The bucket of bronze, and the S3 server that holds it."""

from typing import Annotated

from pydantic import Field, SecretStr

from include.settings.fields import LOOPBACK, NO_SECRET, Group, Host, HttpUrl, MayBeEmpty, Port


class Bronze(Group):
    """The stack's own S3 server, unless AWS_ENDPOINT_URL names another."""

    bucket: str = Field("stocklake-bronze", alias="BRONZE_BUCKET", pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    endpoint_url: HttpUrl = Field(None, alias="AWS_ENDPOINT_URL")
    access_key_id: Annotated[str | None, MayBeEmpty] = Field(None, alias="AWS_ACCESS_KEY_ID")
    secret_access_key: Annotated[SecretStr | None, MayBeEmpty] = Field(None, alias="AWS_SECRET_ACCESS_KEY")
    region: str = Field("us-east-1", alias="AWS_DEFAULT_REGION")
    host: Host = Field(LOOPBACK, alias="S3_HOST")
    port: Port = Field(9000, alias="S3_PORT")
    embedded_access_key: SecretStr = Field(NO_SECRET, alias="EMBEDDED_S3_ACCESS_KEY")
    embedded_secret_key: SecretStr = Field(NO_SECRET, alias="EMBEDDED_S3_SECRET_KEY")

    @property
    def is_embedded(self) -> bool:
        """Whether bronze lives in the stack's own S3 server."""
        return self.endpoint_url is None

    @property
    def url(self) -> str:
        """The S3 endpoint of bronze."""
        return self.endpoint_url or f"http://{self.host}:{self.port}"

    @property
    def credentials(self) -> tuple[str | None, str | None]:
        """The access key and the secret key of bronze's S3; None and None leave it to boto3's usual chain."""
        if self.is_embedded:
            return self.embedded_access_key.get_secret_value(), self.embedded_secret_key.get_secret_value()
        secret = self.secret_access_key
        return self.access_key_id, secret.get_secret_value() if secret else None
