"""How a rating comes in: invitations, forms, intake, revisions."""
