"""Which state of the dbt project a publication was of.

Revision ID: 0005
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was published before is of an unknown state: the next run of the pipeline publishes anew."""
    op.execute(
        """
        alter table ops.pipeline_runs add column dbt_project_state text;
        comment on column ops.pipeline_runs.dbt_project_state is
            'Of a publication, the fingerprint of the dbt project it ran; null for every other run';
        """
    )


def downgrade() -> None:
    """The next publication says it again."""
    op.execute("alter table ops.pipeline_runs drop column dbt_project_state")
