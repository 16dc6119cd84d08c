"""whose what is set aside is"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rows of before say it within what they keep, or not at all, and go after thirty days.
    op.add_column("set_aside", sa.Column("sender", sa.String(80), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("set_aside") as table:
        table.drop_column("sender")
