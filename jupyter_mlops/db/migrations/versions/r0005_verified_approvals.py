"""Approvals say whether a server authenticated who gave them; those from before do not count as such."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("approvals", sa.Column("is_verified", sa.Boolean(), nullable=False, server_default=sa.false()))
