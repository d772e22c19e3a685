"""Bulletins (通报): a period's figures as a document that leaders sign and the public reads."""
