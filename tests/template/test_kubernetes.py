"""The manifests of Kubernetes: what kubectl makes of them, and what a cluster would say to that."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from tests.support import forms, questions
from tests.support.combinations import TYPED, Combination, each_framework
from tests.support.missing import give_up

# Any three answers meet, and some projects have no Redis: it comes by any of three answers.
WITH_MANIFESTS = [
    *(c for c in TYPED if c.deploy == "kubernetes"),
    *each_framework(database="postgresql", deploy="kubernetes"),
]
# The oldest one in which `sleep` is stable, and the newest one that the schemas know.
VERSIONS = ("1.34", kubernetes_validate.latest_version())
KUBERNETES = Path("deploy/kubernetes")
PRODUCTION, IMAGE = KUBERNETES / "overlays/production", KUBERNETES / "image/kustomization.yaml"

# What is built of a combination is built by one process.
pytestmark = pytest.mark.xdist_group("kubernetes")


@dataclass(frozen=True)
class Release:
    """A project that has only what is in `deploy/`, and what a release of it applies."""

    combination: Combination
    project: Path
    manifests: list[dict[str, Any]]

    @property
    def pods(self) -> dict[str, dict[str, Any]]:
        """Each kind of pod by the name of what starts it."""
        return pods(self.manifests)

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return of_kind(kind, self.manifests)


@pytest.fixture(scope="module", params=WITH_MANIFESTS, ids=str)
def release(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Release:
    project = rendered(request.param, tmp_path_factory.mktemp("project"))
    return Release(request.param, project, everything(project))


@pytest.fixture
def copy(release: Release, tmp_path: Path) -> Path:
    """The project, to change something in it."""
    return shutil.copytree(release.project, tmp_path / "project")


@cache
def kubectl() -> str:
    """Where kubectl is."""
    return shutil.which("kubectl") or give_up("kubectl is not installed")


def rendered(combination: Combination, project: Path) -> Path:
    """A project that has only what is in `deploy/`."""
    answers = questions.TEXTS | dict(combination.given)
    for template in sorted((forms.SHARED / "deploy").rglob("*.*")):
        path = forms.path_in_project(template)
        if combination.has(path):
            text = template.read_text(encoding="utf-8")
            if template.suffix == ".jinja":
                text = questions.environment().from_string(text).render(_answers=answers)
            file = project / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    return project


def built(folder: Path) -> list[dict[str, Any]]:
    """What kubectl applies of a folder."""
    done = subprocess.run(  # noqa: S603 - kubectl itself, which talks to nobody here
        [kubectl(), "kustomize", str(folder)],
        check=False,
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise ValueError(done.stderr)
    return list(yaml.safe_load_all(done.stdout))


def everything(project: Path) -> list[dict[str, Any]]:
    """What a release applies, migrations first."""
    migrate = project / KUBERNETES / "migrate"
    return [*(built(migrate) if migrate.exists() else []), *built(project / PRODUCTION)]


def pods(manifests: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Each kind of pod by the name of what starts it."""
    return {
        manifest["metadata"]["name"]: manifest["spec"]["template"]
        for manifest in manifests
        if "template" in manifest.get("spec", {})
    }


def of_kind(kind: str, manifests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [manifest for manifest in manifests if manifest["kind"] == kind]


@cache
def check(manifest: str, version: str) -> None:
    """Have the schemas of a version look at a manifest; many projects have the same ones."""
    kubernetes_validate.validate(json.loads(manifest), version, strict=True)


def check_all(manifests: list[dict[str, Any]]) -> None:
    for manifest in manifests:
        for version in VERSIONS:
            check(json.dumps(manifest), version)


def test_there_are_manifests_to_test() -> None:
    assert {c.framework for c in WITH_MANIFESTS} == {"fastapi", "flask"}
    assert {c.database for c in WITH_MANIFESTS} == {"none", "postgresql", "mysql"}
    assert {c.redis for c in WITH_MANIFESTS} == {False, True}
    assert {c.observability for c in WITH_MANIFESTS} == {False, True}


def test_a_cluster_takes_them(release: Release) -> None:
    check_all(release.manifests)
    kinds = [manifest["kind"] for manifest in release.manifests]
    assert kinds.count("Job") == (release.combination.database != "none")
    assert kinds.count("Deployment") == 1 + release.combination.redis
    names = [(manifest["kind"], manifest["metadata"]["name"]) for manifest in release.manifests]
    assert len(set(names)) == len(names)


def test_pods_fit_the_strictest_standard(release: Release) -> None:
    """`pod-security.kubernetes.io/enforce: restricted` lets them start."""
    for pod in release.pods.values():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "memory" in container["resources"]["limits"]


def test_only_a_model_that_makes_threads_has_a_limit_of_cpu(release: Release) -> None:
    limited = {
        name: pod["spec"]["containers"][0]["resources"]["limits"].get("cpu")
        for name, pod in release.pods.items()
    }
    combination = release.combination
    # ONNX Runtime starts a thread for each CPU that it sees; on Flask it starts none.
    own = "1" if combination.ml and combination.framework == "fastapi" else None
    assert limited.pop(combination.project_name) == own
    assert set(limited.values()) <= {None}


def test_each_service_and_policy_selects_one_kind_of_pod(release: Release) -> None:
    selected = {
        "Service": lambda spec: spec["selector"],
        "PodDisruptionBudget": lambda spec: spec["selector"]["matchLabels"],
        "NetworkPolicy": lambda spec: spec["podSelector"]["matchLabels"],
    }
    selecting = [m for m in release.manifests if m["kind"] in selected]
    combination = release.combination
    assert len(selecting) == 3 + 2 * combination.redis + combination.observability
    for manifest in selecting:
        labels = selected[manifest["kind"]](manifest["spec"]).items()
        pods = release.pods.items()
        chosen = [name for name, pod in pods if labels <= pod["metadata"]["labels"].items()]
        assert chosen == [manifest["metadata"]["name"].removesuffix("-metrics")]


def test_metrics_are_for_prometheus_alone(release: Release) -> None:
    name, observed = release.combination.project_name, release.combination.observability
    (settings,) = (manifest["data"] for manifest in release.of_kind("ConfigMap"))
    web = release.pods[name]
    ports = {port["name"]: port["containerPort"] for port in web["spec"]["containers"][0]["ports"]}
    policies = {m["metadata"]["name"]: m["spec"] for m in release.of_kind("NetworkPolicy")}
    assert policies[name]["ingress"] == [{"ports": [{"port": "http"}]}]
    if not observed:
        assert ports.keys() == {"http"}
        assert "METRICS_PORT" not in settings
        assert "annotations" not in web["metadata"]
        assert f"{name}-metrics" not in policies
        return
    assert settings["METRICS_PORT"] == str(ports["metrics"])
    assert web["metadata"]["annotations"] == {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": settings["METRICS_PORT"],
        "prometheus.io/path": "/metrics",
    }
    namespace = {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}
    assert policies[f"{name}-metrics"]["ingress"] == [
        {"from": [{"namespaceSelector": namespace}], "ports": [{"port": "metrics"}]}
    ]
    targets = [
        port["targetPort"]
        for manifest in release.of_kind("Service")
        for port in manifest["spec"]["ports"]
    ]
    assert "metrics" not in targets


def test_a_release_names_its_image_once(release: Release) -> None:
    (line,) = re.findall("newTag: .+", (release.project / IMAGE).read_text())
    tag = line.removeprefix("newTag: ")
    images = [pod["spec"]["containers"][0]["image"] for pod in release.pods.values()]
    own = f"registry.example.com/{release.combination.project_name}:{tag}"
    assert images.count(own) == 1 + (release.combination.database != "none")
    assert [image for image in images if image != own] == ["redis:8"] * release.combination.redis


def test_a_changed_setting_replaces_the_replicas(release: Release, copy: Path) -> None:
    (before,) = release.of_kind("ConfigMap")
    file = copy / PRODUCTION / "kustomization.yaml"
    file.write_text(file.read_text().replace("TRUSTED_HOSTS=", "TRUSTED_HOSTS=shop.example.com"))
    manifests = built(copy / PRODUCTION)
    (after,) = of_kind("ConfigMap", manifests)
    assert after["data"] == before["data"] | {"TRUSTED_HOSTS": "shop.example.com"}
    assert after["metadata"]["name"] != before["metadata"]["name"]
    web = pods(manifests)[release.combination.project_name]
    first = web["spec"]["containers"][0]["envFrom"][0]
    assert first == {"configMapRef": {"name": after["metadata"]["name"]}}


def test_the_database_has_connections_for_all_replicas(release: Release) -> None:
    (autoscaler,) = release.of_kind("HorizontalPodAutoscaler")
    (settings,) = (manifest["data"] for manifest in release.of_kind("ConfigMap"))
    most = autoscaler["spec"]["maxReplicas"]
    assert most > autoscaler["spec"]["minReplicas"] >= 2
    if release.combination.database == "none":
        assert "DATABASE_POOL_SIZE" not in settings
        return
    # What each allows by default, less what is kept for administrators.
    allowed = {"postgresql": 100 - 3, "mysql": 151 - 1}[release.combination.database]
    each = int(settings["WEB_CONCURRENCY"]) * (int(settings["DATABASE_POOL_SIZE"]) + 1)
    assert (most + 2) * each <= allowed < (most + 3) * each


def test_kserve_and_the_deployment_do_not_meet(release: Release) -> None:
    file = release.project / "deploy/inferenceservice.yaml"
    assert file.exists() == release.combination.ml
    if release.combination.ml:
        name = yaml.safe_load(file.read_text())["metadata"]["name"]
        # KServe makes Services of these names.
        services = {manifest["metadata"]["name"] for manifest in release.of_kind("Service")}
        assert not services & {name, f"{name}-predictor"}


TYPOS = [
    ("base/deployment.yaml", "minReadySeconds", "minReadySecond"),
    ("base/deployment.yaml", "failureThreshold: 60", "failureThreshold: sixty"),
    ("base/network.yaml", "podSelector", "podSelektor"),
    ("overlays/production/autoscaler.yaml", "averageUtilization", "utilization"),
    ("migrate/job.yaml", "backoffLimit", "backofLimit"),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project to make mistakes in."""
    (combination, _) = each_framework(database="postgresql", deploy="kubernetes")
    return rendered(combination, tmp_path_factory.mktemp("project"))


@pytest.mark.parametrize(("path", "right", "wrong"), TYPOS, ids=[typo[2] for typo in TYPOS])
def test_a_typo_is_noticed(
    path: str, right: str, wrong: str, project: Path, tmp_path: Path
) -> None:
    shutil.copytree(project, tmp_path, dirs_exist_ok=True)
    file = tmp_path / KUBERNETES / path
    text = file.read_text()
    assert right in text
    file.write_text(text.replace(right, wrong))
    manifests = everything(tmp_path)
    word = wrong.partition(": ")[2] or wrong
    with pytest.raises(kubernetes_validate.ValidationError, match=word):
        check_all(manifests)


def test_a_typo_in_what_puts_them_together_is_noticed(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project, tmp_path, dirs_exist_ok=True)
    file = tmp_path / PRODUCTION / "kustomization.yaml"
    file.write_text(file.read_text().replace("components:", "component:"))
    with pytest.raises(ValueError, match="component"):
        built(file.parent)
