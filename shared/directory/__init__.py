"""Each service's local copy of the directory."""

from shared.directory.copy import DirectoryCopy, DirectorySubject
from shared.directory.rights import grants_of
from shared.directory.snapshot import Directory, holds

__all__ = ["Directory", "DirectoryCopy", "DirectorySubject", "grants_of", "holds"]
