"""Opening what a web process serves: before the first visitor comes, or for one who comes later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from haochaping.clock import stopwatch
from haochaping.containment import Result, contained
from haochaping.logs import log
from haochaping.problems import Problem
from haochaping.web import unopened

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from haochaping.web.app import Renewed

_WHAT: Final = "opening the deployment"
_AGAIN_SECONDS: Final = 1.0


class Opening:
    """A WSGI application that opens what it serves; after a failure it tries again a second later.

    `make` opens it, `begun` is called once with what was opened. One thread tries at a time, for
    that may take as long as a database hangs; others are answered by what was found last.
    """

    def __init__(self, make: Callable[[], Renewed], begun: Callable[[Renewed], object]) -> None:
        self._make, self._begun = make, begun
        self._lock = threading.Lock()
        self._found: Result[Renewed] = Result(_WHAT, None, unopened.Unavailable(), 0.0)
        self._until = 0.0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Serve a request; whether the process lives is said without trying to open anything."""
        lives = environ.get("PATH_INFO") == "/healthz"
        found = self._found if lives else self.result()
        if found.value is None:
            return unopened.answer(found.error or LookupError(), environ, start_response)
        return found.value.app()(environ, start_response)

    def result(self) -> Result[Renewed]:
        """Return the application, or why there is none; what is new about that is logged."""
        if self._due() and self._lock.acquire(blocking=False):
            try:
                if self._due():  # another thread may have been quicker
                    self._try()
            finally:
                self._lock.release()
        return self._found

    def _due(self) -> bool:
        return not self._found.ok and stopwatch() >= self._until

    def _try(self) -> None:
        before, found = self._found, contained(_WHAT, self._make)
        self._found = found
        if found.value is not None:
            self._begun(found.value)
            return
        self._until = stopwatch() + _AGAIN_SECONDS
        if before.message != found.message:
            more = {} if isinstance(found.error, Problem) else {"trace": found.trace}
            log("deployment.not_opened", error=found.message, **more)
