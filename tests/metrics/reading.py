"""Reads figures as Prometheus does."""

import httpx2
from prometheus_client.parser import text_string_to_metric_families


async def figures(
    client: httpx2.AsyncClient,
) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample of /metrics by its name and its labels, in the order of their names."""
    answer = await client.get("/metrics")
    assert answer.status_code == 200, answer.text
    families = text_string_to_metric_families(answer.text)
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in families
        for one in family.samples
    }


async def figure(client: httpx2.AsyncClient, name: str, **labels: str) -> float:
    """The sum of the samples of that name with these labels; 0 where there is none."""
    wanted = set(labels.items())
    return sum(
        value
        for (called, has), value in (await figures(client)).items()
        if called == name and wanted <= set(has)
    )
