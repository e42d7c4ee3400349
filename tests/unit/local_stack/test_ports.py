"""Ports are looked at before anything starts, and a busy one is a sentence that helps."""

import socket
from collections.abc import Iterator

import pytest

from include.errors import PortBusy, SettingsError
from include.local_stack.ports import check_ports_free, ports_of
from include.settings import LOOPBACK, Settings


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server((LOOPBACK, 0)) as listener:
        yield listener.getsockname()[1]


def test_a_busy_port_is_named_with_its_variable_and_another_choice(busy_port: int) -> None:
    with pytest.raises(PortBusy, match=rf"Port {busy_port}, which Airflow needs.*AIRFLOW_PORT=\d+ in \.env"):
        check_ports_free({"AIRFLOW_PORT": busy_port})


def test_a_port_of_our_own_is_not_busy(busy_port: int) -> None:
    check_ports_free({"POSTGRES_PORT": busy_port}, ours=["POSTGRES_PORT"])


def test_two_services_cannot_share_a_port() -> None:
    with pytest.raises(SettingsError, match="AIRFLOW_PORT and DASHBOARD_PORT are both 8080"):
        ports_of(Settings(airflow_port=8080, dashboard_port=8080))


def test_only_the_ports_that_are_needed_are_looked_at() -> None:
    live = Settings(alpha_vantage_api_key="KEY", aws_endpoint_url="https://s3.example.com")

    assert set(ports_of(live)) == {"AIRFLOW_PORT", "DASHBOARD_PORT", "POSTGRES_PORT"}
