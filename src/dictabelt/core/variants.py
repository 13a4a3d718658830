"""Which bytes a variant is: decided from what is known of a media, without looking at it."""

import hashlib
from dataclasses import replace

from dictabelt.core.errors import Invalid, NotFound, NotReady, Quarantined
from dictabelt.core.media import Form, Media, MediaState, Mix, Rendition, Signal, Variant

CONTENT_TYPE = {
    Form.WAV: "audio/wav",
    Form.MP3: "audio/mpeg",
    Form.OPUS: "audio/ogg",
    Form.FLAC: "audio/flac",
}
# A file that is in the form already: (container, codec) of a faithful original.
_NATIVE = {
    Form.WAV: ("wav", "pcm_s16le"),
    Form.MP3: ("mp3", "mp3"),
    Form.OPUS: ("ogg", "opus"),
    Form.FLAC: ("flac", "flac"),
}
_CUT = (Form.WAV, Form.MP3)
# ISO 11172-3 and 13818-3; audio of another rate is resampled from its start.
MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
# As `audio/wav.py` writes them: said again, because `wav_size` is asked where no audio port is.
_HEADER, _LARGE_HEADER = 44, 80
RESTORE = "restore its file from a backup, then run `dictabelt check --read-data`"


def refuse_unplayable(media: Media) -> None:
    """Raises NotReady for media without bytes, or with bytes that nobody could play."""
    if media.state is MediaState.PENDING:
        raise NotReady("the media has not been uploaded yet")
    if media.state is MediaState.UNREADABLE:
        raise NotReady(f"the media cannot be played: {media.fault}")


def refuse_damaged(media: Media) -> None:
    """Raises Quarantined for an original that a check found damaged."""
    if media.damage is not None:
        reason = f"a check found the original damaged ({media.damage}); {RESTORE}"
        raise Quarantined(reason, media.damage)


def as_stored(media: Media) -> Rendition:
    """The untouched original. Raises NotReady without bytes."""
    if media.blob is None or media.sha256 is None or media.size is None:
        raise NotReady("the media has not been uploaded yet")
    return Rendition(
        media=media.id,
        variant=Variant(Form.ORIGINAL),
        content_type=media.content_type,
        etag=media.sha256,
        size=media.size,
        blob=media.blob,
        sha256=media.sha256,
    )


def as_form(media: Media, form: Form) -> Rendition:
    """The untouched original under the name of the form that it is in already."""
    return replace(as_stored(media), variant=Variant(form), content_type=CONTENT_TYPE[form])


def serves_as(signal: Signal, variant: Variant) -> bool:
    """Whether the original's own bytes are that already, told by a truthful header."""
    plain = variant.mix is Mix.BOTH and not variant.clipped
    return plain and signal.faithful and _NATIVE.get(variant.form) == _kind(signal)


def _kind(signal: Signal) -> tuple[str, str]:
    return signal.container, signal.codec


def simplest(signal: Signal, variant: Variant) -> Variant:
    """The shortest way of asking for the same bytes.

    Raises NotFound for a side of audio that has not two, Invalid for a part
    that begins behind the end, or of a form that is not cut.
    """
    mix = variant.mix
    if variant.form is Form.ORIGINAL and variant != Variant(Form.ORIGINAL):
        raise Invalid("the original is had whole, as it is; ask for wav or mp3", field="form")
    if signal.channels == 1 and mix is Mix.MONO:
        mix = Mix.BOTH
    if mix in (Mix.LEFT, Mix.RIGHT, Mix.SWAP) and signal.channels != 2:
        raise NotFound(f"no side to choose: the recording has {signal.channels} channel(s)")
    length = signal.duration.total_seconds() * 1000
    if variant.clipped and variant.form not in _CUT:
        raise Invalid("a part of a recording can be had as wav or mp3", field="from")
    if variant.start_ms >= length and variant.clipped:
        raise Invalid(f"the recording is {int(length)} ms long", field="from")
    if variant.clipped and variant.form is Form.MP3 and signal.sample_rate not in MP3_RATES:
        reason = f"MP3 knows no {signal.sample_rate} Hz; a part of this recording can be had as wav"
        raise Invalid(reason, field="form")
    end = variant.end_ms
    if end is not None and end <= variant.start_ms:
        raise Invalid("a part must end after it begins", field="to")
    return replace(variant, mix=mix, end_ms=None if end is not None and end >= length else end)


def etag(media: Media, variant: Variant, *, encoder: str) -> str:
    """Names the bytes before they are made: what they are made of, and how."""
    text = f"{media.sha256} {variant.name} {encoder}"
    return hashlib.sha256(text.encode()).hexdigest()


def as_pcm(signal: Signal) -> Signal:
    """The signal of the WAV rendition: 16-bit PCM behind its own header."""
    offset = _wav_header(_pcm_bytes(signal))
    return replace(signal, container="wav", codec="pcm_s16le", faithful=True, offset=offset)


def wav_size(media: Media | None) -> int | None:
    """Bytes of the media's WAV rendition, known before it is made: a 44-byte header and PCM."""
    if media is None or media.signal is None:
        return None
    signal = media.signal
    if serves_as(signal, Variant(Form.WAV)):
        return media.size
    length = _pcm_bytes(signal)
    return _wav_header(length) + length


def _pcm_bytes(signal: Signal) -> int:
    return signal.samples * signal.channels * 2


def _wav_header(length: int) -> int:
    return _HEADER if length + 36 < 0xFFFFFFFF else _LARGE_HEADER
