"""What the manifests say of metrics agrees with the service, and with one another."""

from pathlib import Path
from typing import Any

import yaml

from app.settings import Settings

FOLDER = Path(__file__).parents[1] / "deploy/kubernetes"


def manifest(path: str) -> Any:
    """Read a file of the folder."""
    return yaml.safe_load((FOLDER / path).read_text(encoding="utf-8"))


def test_prometheus_finds_the_port_that_the_service_is_told() -> None:
    (literal,) = manifest("metrics/kustomization.yaml")["configMapGenerator"][0]["literals"]
    name, port = literal.split("=")
    assert name.lower() in Settings.model_fields
    pod = manifest("metrics/deployment.yaml")["spec"]["template"]
    assert pod["spec"]["containers"][0]["ports"] == [
        {"name": "metrics", "containerPort": int(port)}
    ]
    annotations = pod["metadata"]["annotations"]
    assert annotations["prometheus.io/scrape"] == "true"
    assert annotations["prometheus.io/port"] == port


def test_what_is_added_belongs_to_the_replicas() -> None:
    replicas = manifest("base/deployment.yaml")
    added = manifest("metrics/deployment.yaml")
    assert added["metadata"]["name"] == replicas["metadata"]["name"]
    names = [
        each["spec"]["template"]["spec"]["containers"][0]["name"] for each in (added, replicas)
    ]
    assert names[0] == names[1]
    labels = replicas["spec"]["template"]["metadata"]["labels"]
    assert manifest("metrics/network.yaml")["spec"]["podSelector"]["matchLabels"] == labels


def test_not_everybody_may_read_the_metrics() -> None:
    (rule,) = manifest("metrics/network.yaml")["spec"]["ingress"]
    assert rule["from"]
    assert rule["ports"] == [{"port": "metrics"}]
    services = manifest("base/service.yaml")["spec"]["ports"]
    assert "metrics" not in [each["targetPort"] for each in services]
