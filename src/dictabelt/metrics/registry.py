"""Every figure by name, in a registry of its own; label values are few and never a client's."""

import platform
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
)

from dictabelt.core.damage import OF_BYTES
from dictabelt.core.errors import Damaged, Quarantined, StorageFailed
from dictabelt.core.packing import Unproved

OUTCOMES = ("done", "unreadable", "storage", "failed", "stopped")
_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)
_WORK_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800)


def registry(version: str) -> CollectorRegistry:
    """An empty registry but for the process, its memory's keeper, and the build."""
    made = CollectorRegistry()
    ProcessCollector(registry=made)
    GCCollector(registry=made)
    build = Gauge("dictabelt_build_info", "1, with what runs", ("version", "python"), registry=made)
    build.labels(version, platform.python_version()).set(1)
    return made


@dataclass(frozen=True, slots=True)
class Requests:
    """HTTP, at the end of each request."""

    total: Counter
    seconds: Histogram
    received: Counter
    sent: Counter
    refusals: Counter

    @classmethod
    def within(cls, registry: CollectorRegistry) -> "Requests":
        """Registered under their names."""
        names = ("dialect", "endpoint")
        return cls(
            Counter(
                "dictabelt_requests",
                "Requests that ended, by class of status and by what a vendor's client takes"
                " for the status",
                ("dialect", "method", "endpoint", "status", "code"),
                registry=registry,
            ),
            Histogram(
                "dictabelt_request_seconds",
                "From the head of a request to the end of its answer",
                names,
                buckets=_REQUEST_SECONDS,
                registry=registry,
            ),
            Counter(
                "dictabelt_received_bytes", "Bytes of requests' bodies", names, registry=registry
            ),
            Counter("dictabelt_sent_bytes", "Bytes of answers' bodies", names, registry=registry),
            Counter(
                "dictabelt_refusals",
                "Requests that were refused, by the kind of error",
                ("dialect", "reason"),
                registry=registry,
            ),
        )


@dataclass(frozen=True, slots=True)
class Sound:
    """Decoding, encoding, and what is made as it is read."""

    encodes: Counter
    encode_seconds: Histogram
    views: Counter
    decodes: Counter
    decoding: Gauge

    @classmethod
    def within(cls, registry: CollectorRegistry) -> "Sound":
        """Registered under their names."""
        return cls(
            Counter(
                "dictabelt_encodes",
                "Whole renditions, by form and how their encoding ended",
                ("form", "outcome"),
                registry=registry,
            ),
            Histogram(
                "dictabelt_encode_seconds",
                "How long whole renditions took",
                ("form",),
                buckets=_WORK_SECONDS,
                registry=registry,
            ),
            Counter(
                "dictabelt_views",
                "Answers made as they were read, without an encoding",
                ("form",),
                registry=registry,
            ),
            Counter(
                "dictabelt_decodes",
                "Files decoded, by what for and how it ended",
                ("work", "outcome"),
                registry=registry,
            ),
            Gauge(
                "dictabelt_decodes_running",
                "Files being decoded now",
                ("work",),
                registry=registry,
            ),
        )


@dataclass(frozen=True, slots=True)
class Work:
    """Background work; the queue is everybody's, what was done is this process's."""

    waiting: Gauge
    oldest: Gauge
    ended: Counter
    seconds: Histogram

    @classmethod
    def within(cls, registry: CollectorRegistry) -> "Work":
        """Registered under their names."""
        return cls(
            Gauge(
                "dictabelt_jobs",
                "Jobs in the queue: due, or later (in hand, or not yet due)",
                ("kind", "state"),
                registry=registry,
            ),
            Gauge(
                "dictabelt_job_oldest_seconds",
                "How long the job that has been due longest has waited",
                ("kind",),
                registry=registry,
            ),
            Counter(
                "dictabelt_job_runs",
                "Jobs as they ended here: done, again, failed, or dropped",
                ("kind", "outcome"),
                registry=registry,
            ),
            Histogram(
                "dictabelt_job_seconds",
                "How long jobs took here",
                ("kind",),
                buckets=_WORK_SECONDS,
                registry=registry,
            ),
        )


@dataclass(frozen=True, slots=True)
class Storage:
    """The disk, the bucket and the database."""

    errors: Counter
    damaged: Counter
    free: Gauge
    ready: Gauge

    @classmethod
    def within(cls, registry: CollectorRegistry) -> "Storage":
        """Registered under their names."""
        return cls(
            Counter(
                "dictabelt_storage_errors",
                "Times that storage refused, by who asked it",
                ("asker",),
                registry=registry,
            ),
            Counter(
                "dictabelt_integrity_failures",
                "Times that stored bytes were not those that had been kept, by who asked for them"
                " and what was wrong",
                ("asker", "damage"),
                registry=registry,
            ),
            Gauge(
                "dictabelt_data_free_bytes",
                "Free space on the disk of the data folder",
                registry=registry,
            ),
            Gauge(
                "dictabelt_ready",
                "Whether a check of /readyz passed, 1 or 0",
                ("check",),
                registry=registry,
            ),
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """All of them, of one process; made once and handed to whoever notes something."""

    registry: CollectorRegistry
    requests: Requests
    sound: Sound
    work: Work
    storage: Storage

    @classmethod
    def new(cls, version: str) -> "Figures":
        """All at zero, in a registry of their own."""
        made = registry(version)
        figures = cls(
            made, Requests.within(made), Sound.within(made), Work.within(made), Storage.within(made)
        )
        figures.begin()
        return figures

    def begin(self) -> None:
        """Shows what may happen at 0: an alert on growth does not see a figure begin at 1."""
        for asker in ("request", "job", "metrics"):
            self.storage.errors.labels(asker)
            for damage in OF_BYTES:
                self.storage.damaged.labels(asker, damage.value)
        for form in ("wav", "mp3", "opus", "flac"):
            for outcome in OUTCOMES:
                self.sound.encodes.labels(form, outcome)

    def failed(self, error: BaseException | None, asker: str) -> None:
        """Notes what storage refused or spoilt; any other error, or none, is passed over."""
        if isinstance(error, StorageFailed) and not isinstance(error, Quarantined):
            self.storage.errors.labels(asker).inc()
        if isinstance(error, Damaged | Unproved) and error.damage is not None:
            self.storage.damaged.labels(asker, error.damage.value).inc()
