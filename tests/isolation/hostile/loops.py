"""Never comes back."""


def harm(asked, services):
    while True:
        pass
