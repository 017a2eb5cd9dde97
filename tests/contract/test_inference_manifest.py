"""Contract, "ML serving": the manifest is an InferenceService, and says what is true of the service."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.contract import expect
from tests.support.combinations import every_ml
from tests.support.projects import REPOSITORY
from tests.support.services import Service, command

DEFINITION = REPOSITORY.parent / "shared/data/kserve-inferenceservice.crd.yaml"
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")

pytestmark = every_ml


@pytest.fixture(scope="session")
def schema() -> dict[str, Any]:
    """The schema of KServe's own definition, which takes no member that it does not know."""
    if not DEFINITION.exists():
        pytest.skip(f"{DEFINITION} is absent")
    # The pure Python loader takes half a minute for it.
    definition = yaml.load(DEFINITION.read_text(encoding="utf-8"), yaml.CSafeLoader)
    (version,) = (v for v in definition["spec"]["versions"] if v["name"] == "v1beta1")
    strict: dict[str, Any] = without_surprises(version["schema"]["openAPIV3Schema"])
    return strict


def without_surprises(schema: Any) -> Any:
    """The schema with no room for members beside those that it lists."""
    if isinstance(schema, list):
        return [without_surprises(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {name: without_surprises(part) for name, part in schema.items()}
    open_ended = {"additionalProperties", "x-kubernetes-preserve-unknown-fields"}
    # A property that is called `properties` holds schemas too.
    if schema.get("type") == "object" and "properties" in schema and not open_ended & schema.keys():
        strict["additionalProperties"] = False
    return strict


@pytest.fixture
def manifest(project: Path) -> dict[str, Any]:
    text = (project / "deploy/inferenceservice.yaml").read_text(encoding="utf-8")
    (document,) = yaml.safe_load_all(text)
    content: dict[str, Any] = document
    return content


@pytest.fixture
def container(manifest: dict[str, Any]) -> dict[str, Any]:
    """The only container of the predictor."""
    (only,) = manifest["spec"]["predictor"]["containers"]
    content: dict[str, Any] = only
    return content


def test_the_manifest_is_what_kserve_takes(
    manifest: dict[str, Any], schema: dict[str, Any]
) -> None:
    assert manifest["apiVersion"] == "serving.kserve.io/v1beta1"
    assert manifest["kind"] == "InferenceService"
    assert manifest["metadata"]["name"]
    errors = jsonschema_rs.Draft4Validator(schema).iter_errors(manifest)
    assert [(error.instance_path, error.message) for error in errors] == []


def test_the_check_is_strict(manifest: dict[str, Any], schema: dict[str, Any]) -> None:
    validator = jsonschema_rs.Draft4Validator(schema)
    container = manifest["spec"]["predictor"]["containers"][0]
    for part in (manifest, manifest["spec"], manifest["spec"]["predictor"], container):
        part["unknown"] = 1
        assert not validator.is_valid(manifest)
        del part["unknown"]
    assert validator.is_valid(manifest)


def test_the_probes_of_the_manifest_are_answered(
    container: dict[str, Any], service: Service
) -> None:
    probes = [container[name]["httpGet"] for name in PROBES if name in container]
    assert probes
    with service.client_at() as stranger:
        for probe in probes:
            expect.ok(stranger.get(probe["path"]))


def test_the_settings_of_the_manifest_exist(container: dict[str, Any], project: Path) -> None:
    known = (project / ".env.example").read_text(encoding="utf-8")
    for variable in container.get("env", []):
        assert f"{variable['name']}=" in known


def test_the_container_runs_what_the_image_runs(container: dict[str, Any], project: Path) -> None:
    assert container.get("command", command(project)) == command(project)
    image = (project / "Dockerfile").read_text(encoding="utf-8")
    for port in container["ports"]:
        assert f"EXPOSE {port['containerPort']}" in image
