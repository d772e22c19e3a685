"""Messages and the gateways that deliver them."""
