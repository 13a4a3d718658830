"""Decodes whatever our own reader does not, with FFmpeg; used in a cell and nowhere else."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Any, BinaryIO

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from dictabelt.audio.limits import Limits
from dictabelt.audio.samples import Block, to_s16
from dictabelt.core.errors import Unreadable

_FORMATS = "wav,w64,mp3,ogg,flac,mov,matroska,aac,amr,amrnb,amrwb,aiff,au,caf"
_DECODERS = (
    "mp3,mp3float,mp2,mp2float,opus,libopus,vorbis,libvorbis,flac,alac,"
    "aac,aac_fixed,aac_latm,amrnb,amrwb,libopencore_amrnb,libopencore_amrwb,gsm,gsm_ms,speex,"
    "g722,g723_1,g726,g726le,g729,ilbc,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,adpcm_yamaha,"
    "wmav1,wmav2,wmavoice,pcm_alaw,pcm_mulaw,pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_s24le,"
    "pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be"
)
# Without the allow-lists a playlist named .wav makes FFmpeg open other files and hosts
_OPTIONS = {
    "format_whitelist": _FORMATS,
    "codec_whitelist": _DECODERS,
    "protocol_whitelist": "none",
}
_READ = 64 * 1024
# Tags in Latin-1 are no error to PyAV 19; before, it had to be told
_TAGS: Mapping[str, Any] = (
    {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
)
_NAMES = {"mov,mp4,m4a,3gp,3g2,mj2": "mp4", "matroska,webm": "webm"}


@dataclass(frozen=True, slots=True)
class Stream:
    """An open file: what FFmpeg says it is, and its audio, to be read once.

    `declared` is the container's own word on its length in seconds, if it has one.
    A None among `frames` stands for a packet too damaged to decode.
    """

    container: str
    codec: str
    rate: int
    channels: int
    declared: float | None
    frames: Iterator[AudioFrame | None]

    def blocks(self) -> Iterator[Block | None]:
        """The audio at one rate and number of channels; None for a damaged packet."""
        return (frame if frame is None else _block(frame) for frame in self.frames)


@contextmanager
def decoding(file: BinaryIO, limits: Limits) -> Iterator[Stream]:
    """Opens `file`. Raises Unreadable, also while the audio is read."""
    try:
        with av.open(file, "r", options=_OPTIONS, buffer_size=_READ, **_TAGS) as container:
            yield _stream(container, limits)
    except av.ArgumentError as error:  # what FFmpeg says of a format outside the allow-list
        raise Unreadable("not audio of a supported format") from error
    except MemoryError as error:
        most = f"{limits.memory // 1024**2} MiB of memory"
        raise Unreadable(f"not audio, or damaged: the decoder wanted more than {most}") from error
    except av.FFmpegError as error:
        raise Unreadable("not audio, or damaged beyond reading") from error


def _stream(container: InputContainer, limits: Limits) -> Stream:
    stream = _audio_stream(container)
    frames = _frames(container, stream)
    leading = [next((frame for frame in frames if frame is not None), None)]
    first = leading[0]
    if first is None:
        raise Unreadable("no audio: nothing in it can be decoded")
    limits.admit_shape(first.sample_rate, first.layout.nb_channels)
    codec = stream.codec_context.codec.canonical_name
    steady = _at_one_shape(chain(leading, frames), first)
    return Stream(
        container=_container_name(container.format.name, codec),
        codec=codec,
        rate=first.sample_rate,
        channels=first.layout.nb_channels,
        declared=None if container.duration is None else container.duration / av.time_base,
        frames=_bounded(steady, limits),
    )


def _audio_stream(container: InputContainer) -> AudioStream:
    stream = container.streams.best("audio")
    if not isinstance(stream, AudioStream):
        raise Unreadable("no audio: the file holds no audio stream")
    if stream.codec_context is None or stream.codec_context.name not in _DECODERS.split(","):
        raise Unreadable("no audio that can be decoded: an unsupported codec")
    stream.codec_context.thread_count = 1  # a cell may not start any
    return stream


def _container_name(name: str, codec: str) -> str:
    """A short name; FFmpeg calls bare MPEG audio of every layer "mp3"."""
    return codec if name == "mp3" else _NAMES.get(name, name)


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame | None]:
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            decoded = packet.decode()
        except MemoryError:
            raise
        except av.FFmpegError:
            yield None
        else:
            yield from decoded


def _at_one_shape(
    frames: Iterator[AudioFrame | None], first: AudioFrame
) -> Iterator[AudioFrame | None]:
    """Frames like the `first`; a stream may change its rate or channels on the way."""
    for shape, run in groupby(frames, _shape):
        if shape is None or shape[1:] == (first.layout.name, first.sample_rate):
            yield from run
        else:
            yield from _resampled(run, first)


def _shape(frame: AudioFrame | None) -> tuple[str, str, int] | None:
    if frame is None:
        return None
    return frame.format.name, frame.layout.name, frame.sample_rate


def _resampled(run: Iterator[AudioFrame | None], like: AudioFrame) -> Iterator[AudioFrame]:
    resampler = AudioResampler("s16", like.layout, like.sample_rate)
    for frame in chain(run, (None,)):
        yield from resampler.resample(frame)


def _bounded(frames: Iterator[AudioFrame | None], limits: Limits) -> Iterator[AudioFrame | None]:
    samples = 0
    for frame in frames:
        if frame is not None:
            samples += frame.samples
            channels = frame.layout.nb_channels
            limits.admit_length(samples, rate=frame.sample_rate, channels=channels)
        yield frame


def _block(frame: AudioFrame) -> Block:
    samples = frame.to_ndarray()
    if frame.format.is_planar:
        return to_s16(samples.T)
    return to_s16(samples.reshape(-1, frame.layout.nb_channels))
