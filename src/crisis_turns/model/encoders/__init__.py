"""From word pieces to turn vectors."""
