"""What S3 says when it does not do as it was asked, in the words of whoever runs the lake.

Its own text is left out, for it may repeat what was sent, keys and signatures among it; its code is shown.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from include.errors import LakeError, LakeRefuses
from include.settings import Settings

NO_BUCKET = "NoSuchBucket"
CREDENTIALS = {
    *("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSecurity", "NotSignedUp"),
    *("ExpiredToken", "InvalidToken", "TokenRefreshRequired"),
}
ANOTHER_REGION = "is in another region than requests say ({}): set AWS_DEFAULT_REGION"
SIGNED_WRONG = {
    "RequestTimeTooSkewed": "finds that this machine's clock is wrong ({}): set it",
    "AuthorizationHeaderMalformed": ANOTHER_REGION,  # AWS's code and MinIO's
    "InvalidRegionName": ANOTHER_REGION,
}
RIGHTS = {"AccessDenied", "AccountProblem", "AllAccessDisabled", "Forbidden", "403"}
TRY_LATER = {"SlowDown", "RequestTimeout", "OperationAborted", "RequestLimitExceeded", "Throttling"}
HTTP_SERVER_ERROR = 500
UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"  # OpenSSL's; other faults of TLS come from a proxy that restarts, for example
CODE = re.compile(r"[\w.]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Lake:
    """Where the lake is, to be named in an error."""

    url: str
    bucket: str
    is_embedded: bool
    has_status: bool  # `make status` knows of it: not in containers

    @classmethod
    def of(cls, settings: Settings) -> "Lake":
        """The lake that the settings name."""
        bronze, has_status = settings.bronze, settings.bronze.is_embedded and settings.airflow.is_embedded
        return cls(bronze.url, bronze.bucket, bronze.is_embedded, has_status)

    @contextmanager
    def in_our_words(self) -> Iterator[None]:
        """Let what the client of S3 raises in the block be a LakeError."""
        try:
            yield
        except ClientError as error:
            raise self._explain_response(error) from None
        except (NoCredentialsError, PartialCredentialsError):
            raise LakeRefuses(f"S3 at {self.url} asks for credentials: set {self._credentials}") from None
        except (ConnectionError, HTTPClientError) as error:
            if isinstance(error, SSLError) and UNTRUSTED in str(error):
                raise LakeRefuses(f"the certificate of S3 at {self.url} is not trusted: set AWS_CA_BUNDLE") from None
            kind = type(error).__name__
            raise LakeError(f"S3 does not answer at {self.url} ({kind}): {self._endpoint}") from None
        except (BotoCoreError, ResponseParserError) as error:
            raise LakeError(f"S3 at {self.url} cannot be asked: {type(error).__name__}") from None

    def _explain_response(self, error: ClientError) -> LakeError:
        code, s3, asked = code_of(error), f"S3 at {self.url}", error.operation_name
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code == NO_BUCKET:
            return LakeError(f"{s3} has no bucket {self.bucket}: BRONZE_BUCKET names it")
        if code in SIGNED_WRONG:
            return LakeRefuses(f"{s3} {SIGNED_WRONG[code].format(code)}")
        if code in CREDENTIALS:
            return LakeRefuses(f"{s3} does not accept the credentials ({code}): check {self._credentials}")
        if code in RIGHTS:
            needed = f"the key of {self._credentials} needs the right to list, read and write it"
            return LakeRefuses(f"{s3} does not allow {asked} on bucket {self.bucket} ({code}): {needed}")
        if code in TRY_LATER or status >= HTTP_SERVER_ERROR:
            return LakeError(f"{s3} cannot do {asked} on bucket {self.bucket} at the moment ({code}); a later try may")
        return LakeError(f"{s3} refused {asked} on bucket {self.bucket} ({code})")

    @property
    def _credentials(self) -> str:
        if self.is_embedded:
            return "EMBEDDED_S3_ACCESS_KEY and EMBEDDED_S3_SECRET_KEY"
        return "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"

    @property
    def _endpoint(self) -> str:
        if not self.is_embedded:
            return "AWS_ENDPOINT_URL names it"
        return "is the stack up? `make status`" if self.has_status else "is the stack up?"


def code_of(error: ClientError) -> str:
    """S3's code of an error, or the HTTP status where it gives none."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code if CODE.fullmatch(code) else "an unknown code"
