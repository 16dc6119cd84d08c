"""previews"""

import sqlalchemy as sa
from alembic import op

import bot.storage.tables as types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "preview",
        sa.Column("id", types.Identity(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("author_id", types.Identity(), nullable=True),
        sa.Column("made_at", types.Instant(timezone=True), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["resident.id"], name=op.f("fk_preview_author_id_resident"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preview")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_preview_token_hash")),
    )
    with op.batch_alter_table("preview", schema=None) as batch_op:
        batch_op.create_index("ix_preview_author_id_digest", ["author_id", "digest"], unique=False)
        batch_op.create_index("ix_preview_made_at", ["made_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("preview", schema=None) as batch_op:
        batch_op.drop_index("ix_preview_made_at")
        batch_op.drop_index("ix_preview_author_id_digest")

    op.drop_table("preview")
