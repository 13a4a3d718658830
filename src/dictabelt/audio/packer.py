"""The core's port for packing: PCM originals kept as FLAC."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from dictabelt.audio import pack, unpack
from dictabelt.core.media import Signal
from dictabelt.core.ports import Blob


@dataclass(frozen=True, slots=True)
class FlacPacker:
    """Implements `core.ports.Packer`; decodes in threads of `pool`."""

    pool: Executor

    def packable(self, signal: Signal, size: int) -> bool:
        """WAV with PCM of 16 or 24 bits."""
        return pack.packable(signal, size)

    def estimate(self, path: Path, signal: Signal) -> int:
        """Bytes of the pack, from a sample. Raises Unreadable."""
        return pack.estimate(path, signal)

    def pack(self, path: Path, signal: Signal, *, write: Callable[[bytes], object]) -> None:
        """Writes a FLAC file piece by piece. Raises Unreadable."""
        pack.pack(path, signal, write=write)

    async def unpack(self, source: Blob, signal: Signal, *, size: int) -> Blob:
        """The original; owns `source`. Raises StorageFailed."""
        return await unpack.unpack(source, signal, size=size, pool=self.pool)
