"""An S3 over real HTTP that does not do as it is asked: it answers each request with the next of its faults."""

import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from include.settings import LOOPBACK

Fault = tuple[int, str]  # status and S3's code
EMPTY_LIST = "<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>"


class FaultyS3:
    """`faults` are the answers to come, the last of them again and again; after none of them the bucket is empty."""

    def __init__(self, *faults: Fault, port: int = 0) -> None:
        self.faults: Sequence[Fault] = faults
        self.asked = 0
        self._server = ThreadingHTTPServer((LOOPBACK, port), _handler_of(self))
        self.url = f"http://{LOOPBACK}:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def next_answer(self, authorization: str) -> tuple[int, str]:
        """Status and body; an error repeats what was sent, as S3's answer to a wrong signature does."""
        status, code = self.faults[min(self.asked, len(self.faults) - 1)] if self.faults else (200, "")
        self.asked += 1
        if not code:
            return status, EMPTY_LIST
        said = f"<Code>{code}</Code><Message>{authorization}</Message><StringToSign>{authorization}</StringToSign>"
        return status, f'<?xml version="1.0" encoding="UTF-8"?><Error>{said}</Error>'


def _handler_of(s3: FaultyS3) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, body = s3.next_answer(self.headers.get("Authorization", ""))
            self.send_response(status)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body.encode())

        do_GET = do_PUT = do_HEAD = do_POST = _respond  # noqa: N815 - their names are http.server's

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
