"""The files for Kubernetes fit each other, compose, the command line and the settings."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import yaml

from conf import load
from tests.conf.test_container import COMPOSE, parsed
from tests.conftest import ROOT

FOLDER = ROOT / "conf" / "kubernetes"
LAYERS = ("base", "spark", "pool")
DOCUMENTED = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
LOCKED = (ROOT / "requirements.lock").read_text(encoding="utf-8")


class Pod(NamedTuple):
    """A pod that a file describes."""

    name: str
    kind: str
    labels: dict[str, str]
    spec: dict[str, Any]

    @property
    def container(self) -> dict[str, Any]:
        (container,) = self.spec["containers"]
        return dict(container)


def kustomization(layer: str) -> dict[str, Any]:
    told = yaml.safe_load((FOLDER / layer / "kustomization.yaml").read_text(encoding="utf-8"))
    return dict(told)


def resources(*layers: str) -> Iterator[dict[str, Any]]:
    """The objects of layers, as their files have them."""
    for layer in layers:
        for name in kustomization(layer)["resources"]:
            if name != "../base":
                text = (FOLDER / layer / name).read_text(encoding="utf-8")
                yield from yaml.safe_load_all(text)


def job_template() -> dict[str, Any]:
    text = (FOLDER / "pool" / "job-template.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def flow_run() -> Pod:
    """The pod of flow runs, with what the template's variables have by default."""
    told = job_template()
    defaults = {
        name: variable["default"]
        for name, variable in told["variables"]["properties"].items()
        if "default" in variable
    }
    text = json.dumps(told["job_configuration"]["job_manifest"]["spec"]["template"])
    for name, value in defaults.items():
        text = text.replace(f'"{{{{ {name} }}}}"', json.dumps(value))
    template = json.loads(text)
    return Pod("flow-run", "Job", template["metadata"]["labels"], template["spec"])


def pods() -> list[Pod]:
    described = [
        Pod(
            told["metadata"]["name"],
            told["kind"],
            told["spec"]["template"]["metadata"]["labels"],
            told["spec"]["template"]["spec"],
        )
        for told in resources(*LAYERS)
        if "template" in told.get("spec", {})
    ]
    return [*described, flow_run()]


def patch(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((FOLDER / name).read_text(encoding="utf-8")))


PODS = {pod.name: pod for pod in pods()}
SERVICES = {
    told["metadata"]["name"]: told for told in resources(*LAYERS) if told["kind"] == "Service"
}
OF_EACH_POD = pytest.mark.parametrize("pod", PODS.values(), ids=PODS.keys())
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def ports(pod: Pod) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for port in pod.container.get("ports", [])}


def names_of(kind: str) -> set[str]:
    return {told["metadata"]["name"] for told in resources(*LAYERS) if told["kind"] == kind}


@pytest.mark.parametrize("layer", LAYERS)
def test_every_file_is_used_and_every_file_used_is_there(layer: str) -> None:
    told = kustomization(layer)
    used = {name for name in told["resources"] if name != "../base"}
    used |= {each["path"] for each in told.get("patches", [])}
    used |= {name for each in told.get("configMapGenerator", []) for name in each["files"]}
    there = {file.name for file in (FOLDER / layer).iterdir()} - {"kustomization.yaml"}
    assert used == there


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("tool", [("kubectl", "kustomize"), ("kustomize", "build")])
def test_the_tools_build_it(layer: str, tool: tuple[str, str]) -> None:
    if shutil.which(tool[0]) is None:
        pytest.skip(f"no {tool[0]} here")
    built = subprocess.run([*tool, FOLDER / layer], capture_output=True, text=True, check=True)
    objects = list(yaml.safe_load_all(built.stdout))
    assert {
        told["metadata"]["namespace"] for told in objects if told["kind"] != "Namespace"
    } == names_of("Namespace")
    named = {told["metadata"]["name"] for told in objects if told["kind"] == "Deployment"}
    assert ("schedules" in named) == (layer != "pool")
    claims = [told for told in objects if told["kind"] == "PersistentVolumeClaim"]
    modes = ["ReadWriteMany" if layer == "spark" else "ReadWriteOnce"]
    assert [claim["spec"]["accessModes"] for claim in claims] == [modes]


@pytest.mark.parametrize("name", ["schedules", "dashboard", "api"])
def test_a_pod_calls_a_command_that_there_is(name: str) -> None:
    container = PODS[name].container
    assert "command" not in container  # the image's own
    given = parsed(list(container["args"])).params
    assert given["conf"] == ("/etc/papertide/settings.yaml",)
    if name != "schedules":
        assert given["port"] == ports(PODS[name])["http"]
        assert given["host"] == "0.0.0.0"  # noqa: S104 - of the pod; the policy says who gets there


@pytest.mark.parametrize(
    "name", ["prefect", "schedules", "dashboard", "api", "spark-master", "spark-worker"]
)
def test_it_runs_what_compose_runs(name: str) -> None:
    container, composed = PODS[name].container, COMPOSE["services"][name]
    assert container["image"] == composed["image"]
    assert container.get("command") == composed.get("entrypoint")
    assert container["args"] == composed["command"]
    inner = [int(port.split(":")[2]) for port in composed.get("ports", [])]
    assert set(inner) <= set(ports(PODS[name]).values())


def test_what_flow_runs_execute_is_not_given_to_the_command_line_of_the_image() -> None:
    container = PODS["flow-run"].container
    assert container["command"] == ["/usr/bin/env"]  # instead of the entry point
    assert container["args"] == "{{ command }}"


def test_the_pool_is_the_one_of_the_deployments_and_all_of_them_are_registered() -> None:
    told = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    script = (FOLDER / "pool" / "register.sh").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^for name in (.+); do$", script, re.MULTILINE)
    assert listed.split() == [deployment["name"] for deployment in told["deployments"]]
    (pool,) = {deployment["work_pool"]["name"] for deployment in told["deployments"]}
    args = PODS["prefect-worker"].container["args"]
    assert args[args.index("--pool") + 1] == pool
    assert f"work-pool create {pool} " in script
    (root,) = [
        each["value"]
        for each in PODS["register"].container["env"]
        if each["name"] == "PAPERTIDE_ROOT"
    ]
    assert f"WORKDIR {root}\n" in (ROOT / "conf/container/Containerfile").read_text("utf-8")


def test_the_worker_is_of_the_locked_prefect() -> None:
    (locked,) = re.findall(r"^prefect==([\d.]+)", LOCKED, re.MULTILINE)
    image = PODS["prefect-worker"].container["image"]
    assert image == f"docker.io/prefecthq/prefect:{locked}-python3.11-kubernetes"


def test_the_job_template_names_variables_that_there_are() -> None:
    told = job_template()
    named = set(re.findall(r"\{\{ (\w+) \}\}", json.dumps(told["job_configuration"])))
    assert named == set(told["variables"]["properties"])
    defaults = told["variables"]["properties"]
    assert {defaults["namespace"]["default"]} == names_of("Namespace")
    assert defaults["service_account_name"]["default"] in names_of("ServiceAccount")


@OF_EACH_POD
def test_probes_and_scrapes_ask_at_ports_that_are_open(pod: Pod) -> None:
    for probe in filter(None, (pod.container.get(name) for name in PROBES)):
        how = probe.get("httpGet") or probe.get("tcpSocket")
        if how:
            assert how["port"] in ports(pod)
        elif pod.name == "api":
            assert f'"127.0.0.1", {ports(pod)["http"]}' in probe["exec"]["command"][-1]


def test_metrics_are_scraped_where_the_api_has_them() -> None:
    (template,) = [
        told["spec"]["template"]
        for told in resources("base")
        if told["kind"] == "Deployment" and told["metadata"]["name"] == "api"
    ]
    notes = template["metadata"]["annotations"]
    assert notes["prometheus.io/path"] == "/metrics"
    (policy,) = [told for told in resources("base") if told["metadata"]["name"] == "metrics"]
    (rule,) = policy["spec"]["ingress"]
    open_ports = [port["port"] for port in rule["ports"]]
    assert open_ports == [int(notes["prometheus.io/port"])] == [ports(PODS["api"])["http"]]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_leads_to_the_pod_of_its_name_alone(name: str) -> None:
    spec = SERVICES[name]["spec"]
    chosen = [pod for pod in PODS.values() if spec["selector"].items() <= pod.labels.items()]
    assert [pod.name for pod in chosen] == [name]
    for port in spec["ports"]:
        inner = port.get("targetPort", port["port"])
        assert ports(chosen[0]).get(inner, inner) == port["port"]


def test_selectors_choose_the_pods_of_their_own() -> None:
    for told in resources(*LAYERS):
        if told["kind"] in ("Deployment", "StatefulSet"):
            wanted = told["spec"]["selector"]["matchLabels"]
            assert wanted.items() <= told["spec"]["template"]["metadata"]["labels"].items()


def test_who_is_addressed_by_name_is_a_service() -> None:
    texts = [json.dumps(pod.spec) for pod in PODS.values()]
    texts.append(json.dumps(patch("spark/driver.yaml")))
    found = re.findall(r"(?:http://|spark://|@)([a-z-]+):(\d+)", "\n".join(texts))
    assert {name for name, _ in found} == {"prefect", "database", "spark-master"}
    for name, port in found:
        assert int(port) in [each["port"] for each in SERVICES[name]["spec"]["ports"]]


@OF_EACH_POD
def test_nobody_is_root_or_can_become_it(pod: Pod) -> None:
    context = pod.spec["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["runAsUser"] == context["fsGroup"] == (999 if pod.name == "database" else 1000)
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod.container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }


@OF_EACH_POD
def test_a_pod_is_not_given_what_it_does_not_need(pod: Pod) -> None:
    assert pod.spec["enableServiceLinks"] is False  # variables that Spark or Prefect would read
    if pod.name != "prefect-worker":
        assert pod.spec["automountServiceAccountToken"] is False
    assert pod.container["resources"]["requests"].keys() == {"cpu", "memory"}
    assert "memory" in pod.container["resources"]["limits"]


@OF_EACH_POD
def test_what_a_pod_mounts_is_there(pod: Pod) -> None:
    generated = {
        each["name"] for layer in LAYERS for each in kustomization(layer).get(
            "configMapGenerator", [])
    }  # fmt: skip
    volumes = {volume["name"]: volume for volume in pod.spec.get("volumes", [])}
    for volume in volumes.values():
        if "persistentVolumeClaim" in volume:
            assert volume["persistentVolumeClaim"]["claimName"] in names_of("PersistentVolumeClaim")
        if "configMap" in volume:
            assert volume["configMap"]["name"] in generated
    own = {"database"} if pod.kind == "StatefulSet" else set()
    mounted = {mount["name"] for mount in pod.container["volumeMounts"]}
    assert mounted == volumes.keys() | own
    account = pod.spec.get("serviceAccountName")
    assert account is None or account in names_of("ServiceAccount")


@pytest.mark.parametrize("name", ["schedules", "dashboard", "api", "flow-run"])
def test_who_mounts_the_volume_of_one_node_is_on_the_node_of_the_others(name: str) -> None:
    (term,) = PODS[name].spec["affinity"]["podAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]
    assert term["labelSelector"]["matchLabels"].items() <= PODS[name].labels.items()
    assert {pod.name for pod in PODS.values() if "papertide-data" in pod.labels} == {
        "schedules", "dashboard", "api", "flow-run"
    }  # fmt: skip


@OF_EACH_POD
def test_secrets_come_from_a_secret_that_the_page_says_how_to_make(pod: Pod) -> None:
    for each in pod.container.get("env", []):
        if re.search("PASSWORD|SECRET|NOTICES|KEY", each["name"]):
            told = each["valueFrom"]["secretKeyRef"]
            assert told["name"] == "papertide"
            assert told["key"] in DOCUMENTED
        elif "://" in each.get("value", ""):
            assert re.fullmatch(r"\S+://(prefect:\$\(\w+\)@)?[a-z-]+:\d+/\w+", each["value"])
    assert "kubectl create secret generic papertide" in " ".join(DOCUMENTED.split())


def test_no_file_makes_a_secret() -> None:
    assert "Secret" not in {told["kind"] for told in resources(*LAYERS)}
    assert not [layer for layer in LAYERS if "secretGenerator" in kustomization(layer)]


def test_the_worker_has_rights_over_jobs_and_their_pods_alone() -> None:
    (role,) = [told for told in resources("pool") if told["kind"] == "Role"]
    rights = {rule["resources"][0]: set(rule["verbs"]) for rule in role["rules"]}
    assert rights.keys() == {"jobs", "pods", "pods/log", "events"}
    assert not [rule for rule in role["rules"] if "*" in [*rule["verbs"], *rule["resources"]]]
    (binding,) = [told for told in resources("pool") if told["kind"] == "RoleBinding"]
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    (subject,) = binding["subjects"]
    assert subject["name"] == PODS["prefect-worker"].spec["serviceAccountName"]


def test_what_is_set_are_settings_and_the_warehouse_is_on_the_volume() -> None:
    driver = patch("spark/driver.yaml")["spec"]["template"]["spec"]["containers"][0]
    assert driver["name"] == "schedules"
    environment = {
        each["name"]: each["value"]
        for each in driver["env"]
        if each["name"].startswith("PAPERTIDE")
    }
    config = load([FOLDER / "base" / "settings.yaml"], [], environment)
    assert config.session.master == "spark://spark-master:7077"
    mounts = {m["name"]: m["mountPath"] for m in PODS["schedules"].container["volumeMounts"]}
    assert config.warehouse.startswith(mounts["data"] + "/")


def test_a_run_has_the_time_to_end_that_schedules_gives_it() -> None:
    from pipelines.flows import serve

    for name in ("schedules", "flow-run"):
        given = PODS[name].spec["terminationGracePeriodSeconds"]
        assert given > 2 * serve._END_SECONDS


def test_one_run_writes_at_a_time() -> None:
    (spec,) = [
        told["spec"]
        for told in resources("base")
        if told["kind"] == "Deployment" and told["metadata"]["name"] == "schedules"
    ]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
