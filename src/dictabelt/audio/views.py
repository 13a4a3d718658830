"""WAV and MP3 made as they are read: any byte of them, from the samples around it alone."""

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass

from dictabelt.audio import mp3, pcm, wav
from dictabelt.audio.lame import Lame
from dictabelt.audio.samples import Block
from dictabelt.audio.section import Section, mixed
from dictabelt.audio.seekable import STRETCH, Span, encode_span, spans
from dictabelt.audio.stored import exactly
from dictabelt.core.damage import Damage
from dictabelt.core.errors import Damaged
from dictabelt.core.media import Mix
from dictabelt.core.ports import Blob, Lay, Stretch, lay_of

MOST = 1024 * 1024
"""Bytes given at once; whoever wants more asks again, so that memory stays flat."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of PCM or G.711 by their number, read from the stored original."""

    source: Blob
    section: Section

    async def raw(self, first: int, count: int) -> bytes:
        """Frames of the original as they are stored. Raises StorageFailed when they are not all."""
        offset, width = self.section.signal.offset, self.width
        assert offset is not None
        start = offset + (self.section.first + first) * width
        try:
            return await exactly(self.source, start, length=count * width)
        except EOFError as end:
            raise Damaged("the stored original ends before its audio does", Damage.SHORT) from end

    def block(self, raw: bytes) -> Block:
        """The audio of stored frames, mixed."""
        signal = self.section.signal
        return mixed(pcm.decoded(raw, signal.codec, channels=signal.channels), self.section.mix)

    @property
    def plain(self) -> bool:
        """Whether `block` has nothing to calculate."""
        return self.section.signal.codec == "pcm_s16le" and self.section.mix is Mix.BOTH

    @property
    def width(self) -> int:
        """Bytes of one stored frame."""
        return pcm.frame_size(self.section.signal.codec, self.section.signal.channels)


class WavView:
    """Implements `Blob`: 16-bit PCM behind a true header."""

    def __init__(self, samples: Samples, *, pool: Executor) -> None:
        it = samples.section
        self._samples = samples
        self._pool = pool
        self._header = wav.header(it.signal.sample_rate, it.channels, samples=it.count)
        self._frame = it.channels * 2

    @property
    def size(self) -> int:
        return len(self._header) + self._samples.section.count * self._frame

    async def read(self, offset: int, length: int) -> bytes:
        """Up to 1 MiB. Raises StorageFailed."""
        end = min(offset + min(length, MOST), self.size)
        behind = len(self._header)
        head = self._header[offset:end]
        start, stop = max(0, offset - behind), max(0, end - behind)
        if start >= stop:
            return head
        first, last = start // self._frame, -(-stop // self._frame)
        body = await self._made(await self._samples.raw(first, last - first))
        skipped = first * self._frame
        return head + body[start - skipped : stop - skipped]

    @property
    def lay(self) -> Lay | None:
        """All but the header, where the samples are served as they are stored."""
        return self._lay if self._samples.plain and lay_of(self._samples.source) else None

    async def close(self) -> None:
        await self._samples.source.close()

    async def _lay(self, offset: int, length: int) -> Stretch | None:
        lay, start = lay_of(self._samples.source), offset - len(self._header)
        if lay is None or start < 0:
            return None
        section = self._samples.section
        assert section.signal.offset is not None
        before = section.signal.offset + section.first * self._samples.width
        return await lay(before + start, length)

    async def _made(self, raw: bytes) -> bytes:
        if self._samples.plain:
            return self._body(raw)
        # Milliseconds for a mean or for wide samples, in which the loop would serve nobody
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._body, raw)

    def _body(self, raw: bytes) -> bytes:
        return self._samples.block(raw).astype("<i2", copy=False).tobytes()


class Mp3View:
    """Implements `Blob`: the MP3 of a plan, its stretches encoded side by side."""

    def __init__(self, samples: Samples, plan: mp3.Plan, *, lame: Lame, pool: Executor) -> None:
        self._samples = samples
        self._plan = plan
        self._lame = lame
        self._pool = pool
        # Who reads on would have the stretch encoded again in which the last read ended.
        self._last: tuple[Span, bytes] | None = None

    @property
    def size(self) -> int:
        return self._plan.size

    async def read(self, offset: int, length: int) -> bytes:
        """Up to 1 MiB. Raises StorageFailed."""
        end = min(offset + min(length, MOST), self.size)
        if offset >= end:
            return b""
        stretch = self._plan.offset(STRETCH)
        first, last = offset // stretch * stretch, end
        if self._last is not None:  # somebody reads on: the rest of a stretch will be wanted
            last = min(-(-end // stretch) * stretch, self.size)
        wanted = list(spans(self._plan, start=first, end=last))
        made = await asyncio.gather(*(self._made(it) for it in wanted))
        self._last = wanted[-1], made[-1]
        return b"".join(made)[offset - first : end - first]

    async def close(self) -> None:
        await self._samples.source.close()

    async def _made(self, span: Span) -> bytes:
        if self._last is not None and self._last[0] == span:
            return self._last[1]
        raw = await self._samples.raw(span.first, span.count)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._encode, span, raw)

    def _encode(self, span: Span, raw: bytes) -> bytes:
        block = self._samples.block(raw)
        if block.shape[1] != self._plan.channels:
            block = mixed(block, Mix.MONO)
        return encode_span(self._lame, self._plan, span=span, samples=block)
