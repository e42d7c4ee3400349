"""Functions that set aside what stands on a table while it changes.

Revision ID: 0010
"""

from alembic import op

from include.warehouse.migrations.dependents import FUNCTIONS

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The publication needs them too: it swaps the tables of gold when their contract changed."""
    op.execute(FUNCTIONS)


def downgrade() -> None:
    """A publication of this state of the project makes no use of them."""
    op.execute("drop function ops.set_aside_dependents, ops.bring_back_dependents")
