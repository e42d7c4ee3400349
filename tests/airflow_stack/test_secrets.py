"""No secret is in what runs leave behind: bronze, logs, every table. A key of the user's: `second_stack.py`."""

from tests.airflow_stack.left_behind import everything_that_is_left, generated_secrets, where_it_shows
from tests.airflow_stack.stack import Stack


def test_no_secret_is_in_what_the_runs_left_behind(stack: Stack) -> None:
    told = everything_that_is_left(stack)

    assert len(told) > 100
    # XComs, rendered templates, runs and their parameters; what silver, gold and ops say.
    assert {"public.xcom", "public.rendered_task_instance_fields", "ops.api_calls"} <= told.keys()
    assert where_it_shows(told, *generated_secrets(stack)) == []
