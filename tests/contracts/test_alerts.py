"""What wakes an operator exists, fires when it should, and says what to do."""

import os
import re
import shutil
import subprocess
from importlib import import_module
from typing import Any

import pytest
import typer
from prometheus_client import generate_latest

from shared.features.dead_letters import presenter
from tests.contracts.sources import ROOT, SERVICES
from tests.support.environment import idle_services

FOLDER = ROOT / "deploy/prometheus"
RULES = (FOLDER / "rules.yml").read_text(encoding="utf-8")
RUNBOOK = (ROOT / "deploy/runbook.md").read_text(encoding="utf-8")
EVERY_SERVICE = "(intake|router|tracker|reporting)"


@pytest.fixture(scope="module")
def metrics() -> dict[str, set[str]]:
    """Name the metrics each service answers with."""
    figures = {
        name: generate_latest(service.messaging.metrics.registry).decode()
        for name, service in idle_services().items()
    }
    return {
        name: set(re.findall(r"^# HELP (\w+)", text, re.MULTILINE))
        for name, text in figures.items()
    }


def watched() -> set[str]:
    """Name every metric the rules ask for; a name for all four stands for four."""
    expressions = " ".join(re.findall(r"^ +expr: (.+)$", RULES, re.MULTILINE))
    for_all = re.findall(rf'{re.escape(EVERY_SERVICE)}(\w+)"', expressions)
    single = re.findall(r"\b(?:intake|router|tracker|reporting)_\w+", expressions)
    return {f"{name}{end}" for end in for_all for name in SERVICES} | set(single)


def test_every_watched_metric_is_served(metrics: dict[str, set[str]]) -> None:
    assert len(watched()) > 20
    assert watched() - set().union(*metrics.values()) == set()


@pytest.mark.parametrize(
    "name",
    [f"{service}_{figure}" for service in SERVICES for figure in (
        "outbox_oldest_pending_seconds", "lag_seconds", "blocked_keys", "forks",
        "relay_owner_age_seconds", "requests_refused_total",
    )]
    + ["router_dispatch_oldest_waiting_seconds", "tracker_clock_oldest_unfired_seconds",
       "tracker_overdue_duties", "tracker_provisional_due_dates"],
)  # fmt: skip
def test_an_operator_can_see(name: str, metrics: dict[str, set[str]]) -> None:
    assert name in metrics[name.partition("_")[0]]


@pytest.mark.parametrize("words", ["summary:", "summary_en:", "todo:", "todo_en:", "severity:"])
def test_every_alert_says_what_is_the_matter_and_what_to_do(words: str) -> None:
    assert RULES.count(f" {words}") + RULES.count(f"{{{words}") == RULES.count("- alert:")


def test_the_rules_fire_when_they_should() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        assert "CI" not in os.environ, "CI needs promtool (Debian: prometheus)"
        pytest.skip("promtool is not installed: the alert rules were not played")
    for words in (("check", "config", "prometheus.yml"), ("test", "rules", "rules_test.yml")):
        done = subprocess.run(
            [promtool, *words], cwd=FOLDER, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_leads_to_its_paragraph_of_the_runbook() -> None:
    headings = re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    led_to = re.findall(r"runbook: deploy/runbook\.md#(\S+)", RULES)
    assert len(led_to) == RULES.count("- alert:")
    assert set(led_to) <= anchors
    assert [
        name for name in re.findall(r"- alert: (\w+)", RULES) if f"`{name}`" not in RUNBOOK
    ] == []


def test_every_command_of_the_runbook_exists() -> None:
    jianyi: Any = typer.main.get_command(import_module("services.__main__").app)
    named = re.findall(r"`jianyi ([^`]+)`", RUNBOOK)
    assert len(named) > 4
    for words in (line.replace("SERVICE", "tracker").split() for line in named):
        command = jianyi
        while words and hasattr(command, "get_command"):
            command = command.get_command(None, words.pop(0))
        options = {name for one in command.params for name in one.opts}
        assert {word for word in words if word.startswith("--")} <= options, words


@pytest.mark.parametrize("alert", ["ReadingBehind", "EventsNotSent"])
def test_the_page_worries_when_the_operator_is_woken(alert: str) -> None:
    (limit,) = re.findall(rf"alert: {alert}\n +expr: .+ > (\d+)'", RULES)
    known = {"ReadingBehind": presenter.BEHIND_SECONDS, "EventsNotSent": presenter.UNSENT_SECONDS}
    assert known[alert] == int(limit)
