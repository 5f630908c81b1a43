"""Each service's local copy of the directory."""

from shared.directory.copy import DirectoryCopy, directory_fold
from shared.directory.rights import grants_of
from shared.directory.snapshot import Directory, holds

__all__ = ["Directory", "DirectoryCopy", "directory_fold", "grants_of", "holds"]
