"""`python -m include.market_simulator --port 8900 --home DIR`: run the local market until it is told to end."""

import argparse
import socket
import sys
from datetime import datetime
from pathlib import Path

import uvicorn

from include.errors import PortBusy, StocklakeError
from include.market_simulator.clock import FIRST_NOW, ClockError, MarketClock, parse_moment
from include.market_simulator.limits import Limits
from include.market_simulator.prices import read_daily_prices
from include.market_simulator.server import Simulator
from include.plain_text import printable
from include.settings import LOOPBACK, get_settings

SECONDS_TO_FINISH = 2  # a delayed response must not hold up the end


def main(arguments: list[str] | None = None) -> int:
    """Serve the market, on the loopback address unless told otherwise; the exit code."""
    options = _read_options(arguments)
    try:
        home = options.home or get_settings().stack.home / "market"
        port = get_settings().source.market_port if options.port is None else options.port
        home.mkdir(parents=True, exist_ok=True)
        read_daily_prices()  # a missing package is said now, not to the first caller
        simulator = Simulator(
            clock=MarketClock(home, options.clock),
            limits=Limits(requests_per_day=options.requests_per_day, min_interval=options.min_interval),
        )
        listener = _listen(options.host, port)
    except (StocklakeError, OSError) as error:
        sys.stderr.write(f"The local market cannot start: {printable(error)}\n")
        return 1
    _serve(simulator, listener)
    return 0


def _serve(simulator: Simulator, listener: socket.socket) -> None:
    # No access log: its lines would hold the API key of every caller.
    config = uvicorn.Config(
        simulator.application(),
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise PortBusy(
            f"port {port} on {host} is not free ({error.strerror}); choose another with MARKET_PORT"
        ) from error
    return listener


def _read_options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m include.market_simulator", description="The local market server.")
    parser.add_argument("--host", default=LOOPBACK, help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, help="its port (default: MARKET_PORT)")
    parser.add_argument("--home", type=Path, help="where the clock is kept (default: $STOCKLAKE_HOME/market)")
    parser.add_argument(
        "--clock", type=_moment, default=FIRST_NOW, help="the first time of a fresh home, ISO with offset"
    )
    parser.add_argument("--requests-per-day", type=int, help="refuse more requests in 24 hours of the market's clock")
    parser.add_argument("--min-interval", type=float, help="refuse a request sooner than so many seconds after another")
    return parser.parse_args(arguments)


def _moment(text: str) -> datetime:
    try:
        return parse_moment(text)
    except ClockError as refused:
        raise argparse.ArgumentTypeError(str(refused)) from None


if __name__ == "__main__":
    sys.exit(main())
