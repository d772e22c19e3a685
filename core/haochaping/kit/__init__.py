"""The vendor's kit: writes plugins, checks them, and says what they change."""
