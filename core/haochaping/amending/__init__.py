"""Changes of the running profile: proposed, approved by a second person, dated, withdrawn."""
