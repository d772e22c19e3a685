"""Where the shoe pinches: reasons, items and hours of bad ratings, compared and watched."""
