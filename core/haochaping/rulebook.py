"""Reading a profile with the plugins that are at hand: the one place where the two meet."""

from __future__ import annotations

from pathlib import Path

from haochaping.plugins import PluginManager
from haochaping.profile import Known, Profile, ProfileError, load
from haochaping.profile.production import unconfirmed


def read_profile(
    manager: PluginManager,
    reference: str,
    home: Path | None = None,
    *,
    production: bool = False,
    settings: bool = True,
) -> Profile:
    """Return the checked profile of a name or path. Raises ProfileError.

    `manager` looks for plugins once, for their profiles here and when it assembles them later.
    `home` is the deployment's folder, in which names are sought first. `production` also refuses
    values that nobody has confirmed; without `settings` those of plugins are not judged, as where
    plugins are only listed.
    """
    known = Known(plugins=manager.schemas()) if settings else Known()
    profile = load(
        reference, deployment_dir=home, plugin_profiles=manager.profile_folders(), known=known
    )
    open_questions = unconfirmed(profile) if production else ()
    if open_questions:
        raise ProfileError(list(open_questions))
    return profile
