"""Airflow's API and pages, and the keys that it signs and encrypts with."""

from pydantic import Field, SecretStr

from include.settings.fields import LOOPBACK, NO_SECRET, Group, HttpUrl, Port


class Airflow(Group):
    """A child of `make up`, unless AIRFLOW_URL names the API of another, as in the containers."""

    url: HttpUrl = Field(None, alias="AIRFLOW_URL")
    port: Port = Field(8080, alias="AIRFLOW_PORT")
    admin_password: SecretStr = Field(NO_SECRET, alias="AIRFLOW_ADMIN_PASSWORD")
    fernet_key: SecretStr = Field(NO_SECRET, alias="AIRFLOW_FERNET_KEY")
    jwt_secret: SecretStr = Field(NO_SECRET, alias="AIRFLOW_JWT_SECRET")
    api_secret_key: SecretStr = Field(NO_SECRET, alias="AIRFLOW_API_SECRET_KEY")

    @property
    def is_embedded(self) -> bool:
        """Whether Airflow is a child of `make up` on this machine."""
        return self.url is None

    @property
    def api_url(self) -> str:
        """Where Airflow's REST API answers."""
        return self.url or self.page_url

    @property
    def page_url(self) -> str:
        """Where a browser on this machine finds Airflow, in a container or not."""
        return f"http://{LOOPBACK}:{self.port}"
