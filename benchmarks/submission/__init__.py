"""Parts of `submit.py`: the town, the servers, the bare handler, the load."""
