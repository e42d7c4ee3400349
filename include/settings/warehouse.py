"""The warehouse and its roles, and the stack's own Postgres, which holds Airflow's database too."""

from urllib.parse import quote

from pydantic import Field, SecretStr

from include.errors import SettingsError
from include.settings.fields import LOOPBACK, NO_SECRET, Group, Host, Port, PostgresUrl


class Warehouse(Group):
    """The stack's own Postgres, unless DB_URL names another."""

    db_url: PostgresUrl = Field(None, alias="DB_URL")
    analyst_db_url: PostgresUrl = Field(None, alias="ANALYST_DB_URL")
    reader_db_url: PostgresUrl = Field(None, alias="READER_DB_URL")
    host: Host = Field(LOOPBACK, alias="POSTGRES_HOST")
    port: Port = Field(5433, alias="POSTGRES_PORT")
    owner_password: SecretStr = Field(NO_SECRET, alias="STOCKLAKE_DB_PASSWORD")
    analyst_password: SecretStr = Field(NO_SECRET, alias="ANALYST_DB_PASSWORD")
    reader_password: SecretStr = Field(NO_SECRET, alias="READER_DB_PASSWORD")
    airflow_password: SecretStr = Field(NO_SECRET, alias="AIRFLOW_DB_PASSWORD")
    admin_password: SecretStr = Field(NO_SECRET, alias="POSTGRES_ADMIN_PASSWORD")

    @property
    def is_embedded(self) -> bool:
        """Whether the warehouse lives in the stack's own Postgres."""
        return self.db_url is None

    @property
    def url(self) -> str:
        """The warehouse as its owner, `stocklake`."""
        if self.db_url:
            return self.db_url.get_secret_value()
        return self._embedded_url("stocklake", self.owner_password, "stocks_dwh")

    @property
    def analyst_url(self) -> str:
        """The warehouse as the read-only role `analyst`: people and their tools."""
        return self._reading_url("analyst", self.analyst_db_url, self.analyst_password)

    @property
    def reader_url(self) -> str:
        """The warehouse as the read-only role `reader`: pages and the API, and the summary of `make up`."""
        return self._reading_url("reader", self.reader_db_url, self.reader_password)

    @property
    def admin_url(self) -> str:
        """The stack's own Postgres as its administrator."""
        return self._embedded_url("postgres", self.admin_password, "postgres")

    @property
    def airflow_metadata_url(self) -> str:
        """Airflow's own database in the stack's own Postgres, as SQLAlchemy names it."""
        url = self._embedded_url("airflow", self.airflow_password, "airflow")
        return url.replace("postgresql://", "postgresql+psycopg2://", 1)

    def _reading_url(self, role: str, url: SecretStr | None, password: SecretStr) -> str:
        if url:
            return url.get_secret_value()
        if self.db_url:
            raise SettingsError(
                f"{role.upper()}_DB_URL is missing: DB_URL names a Postgres whose {role} this project cannot know"
            )
        return self._embedded_url(role, password, "stocks_dwh")

    def _embedded_url(self, role: str, password: SecretStr, database: str) -> str:
        secret = quote(password.get_secret_value(), safe="")
        return f"postgresql://{role}:{secret}@{self.host}:{self.port}/{database}"
