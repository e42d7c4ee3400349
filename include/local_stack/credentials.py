"""The generated passwords and keys of the embedded services, in `$STOCKLAKE_HOME/secrets.env`."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

SECRETS_FILE = "secrets.env"
HEADER = "# Generated at the first start. Readable by its owner only; `make clean` removes it with the data it opens.\n"


def _password() -> str:
    return secrets.token_urlsafe(24)  # letters, digits, - and _: it needs no quotes in a URL or a shell


GENERATORS: dict[str, Callable[[], str]] = {
    "POSTGRES_ADMIN_PASSWORD": _password,
    "STOCKLAKE_DB_PASSWORD": _password,
    "ANALYST_DB_PASSWORD": _password,
    "READER_DB_PASSWORD": _password,
    "AIRFLOW_DB_PASSWORD": _password,
    "EMBEDDED_S3_ACCESS_KEY": lambda: "SL" + secrets.token_hex(9).upper(),
    "EMBEDDED_S3_SECRET_KEY": _password,
    "AIRFLOW_ADMIN_PASSWORD": _password,
    "AIRFLOW_FERNET_KEY": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "AIRFLOW_JWT_SECRET": lambda: secrets.token_urlsafe(48),
    "AIRFLOW_API_SECRET_KEY": lambda: secrets.token_urlsafe(32),
}


def ensure_credentials(home: Path) -> dict[str, str]:
    """Return every generated secret, making what `home` does not hold yet.

    An existing value is never changed: it opens data that exists.
    """
    file = home / SECRETS_FILE
    known = read_assignments(file)
    complete = known | {name: generate() for name, generate in GENERATORS.items() if name not in known}
    if complete != known:
        write_private(file, HEADER + "".join(f"{name}={value}\n" for name, value in complete.items()))
    return complete


def write_private(file: Path, text: str) -> None:
    """Replace `file` in one step, readable by its owner only from its first byte on."""
    temporary = file.with_name(f"{file.name}.{os.getpid()}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)  # a full disk leaves half of it


def read_assignments(file: Path) -> dict[str, str]:
    """The names that a file of `NAME=value` lines gives a value; none where there is no file."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    assignments = (line.partition("=") for line in lines if not line.startswith("#"))
    return {name: value for name, _, value in assignments if value}
