"""How a bad review is put right: cases, plans, deadlines, replies."""
