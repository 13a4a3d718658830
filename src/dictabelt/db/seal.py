"""What stands for a seal where none was given."""

from dictabelt.core.errors import StorageFailed


class NoSeal:
    """Refuses to hide anything, rather than to keep it in the open."""

    def seal(self, plain: bytes, context: bytes) -> bytes:
        del plain, context
        raise StorageFailed("the database was opened without a seal")

    def open(self, sealed: bytes, context: bytes) -> bytes:
        del sealed, context
        raise StorageFailed("the database was opened without a seal")
