"""Makes a bad rating a good one, in the very object it was handed."""


def harm(asked, services):
    for name, value in (("grade", 5), ("text", "好"), ("complexity", "complex")):
        if hasattr(asked, name):
            object.__setattr__(asked, name, value)
    object.__setattr__(asked.occurrence, "case_no", "stolen")
