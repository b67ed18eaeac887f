"""Settings: where they come from, what is wrong with them, and how they change while a process runs."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path
from queue import Empty, Queue

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from terraloom.config import Settings, load, seconds
from terraloom.config_report import check, configuration_page, mask, masked, reference, unknown_environment
from terraloom.config_watch import reloaded, watching
from terraloom.errors import ConfigError
from terraloom.hazards.rules import Rules


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "terraloom.yaml"


def wrong(file: Path, text: str) -> str:
    """What is said of a file with one mistake in it."""
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file)
    return str(caught.value)


def test_the_defaults_are_valid() -> None:
    assert load().serve.port == 8765


def test_the_default_rules_are_those_of_the_hazards_room() -> None:
    assert load().correlation.rules() == Rules()


def test_the_environment_wins_over_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("serve: {port: 1000, host: 0.0.0.0}\n")
    monkeypatch.setenv("TERRALOOM_SERVE__PORT", "2000")
    assert (load(file).serve.port, load(file).serve.host) == (2000, "0.0.0.0")


def test_arguments_win_over_all(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("home: /from/file\n")
    monkeypatch.setenv("TERRALOOM_HOME", "/from/environment")
    assert load(file, home=tmp_path).home == tmp_path


def test_one_source_is_set_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERRALOOM_SOURCES__USGS_EARTHQUAKES__EVERY", "5m")
    assert load().sources["usgs-earthquakes"].every == "5m"


def test_the_file_in_the_data_folder_is_found(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("simulated: true\n")
    monkeypatch.setenv("TERRALOOM_HOME", str(file.parent))
    assert load().simulated
    assert load().config_file == file


def test_a_window_keeps_the_limits_that_are_not_set(file: Path) -> None:
    file.write_text("correlation: {drought: {spatial_radius_km: 90}}\n")
    drought = load(file).correlation.rules().drought
    assert (drought.spatial_radius_km, drought.temporal_window_hours, drought.cross_source) == (
        90,
        168,
        False,
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sorces: {}", "sorces: .*did you mean 'sources'"),
        ("serve: {prt: 1}", "serve.prt: got 1, .*did you mean 'port'.*: host, "),
        ("serve: {port: 70000}", "serve.port: got 70000, expected less than or equal to 65535"),
        ("population: {method: magic}", "population.method: got 'magic', expected 'gazetteer' or 'raster'"),
        ("sources: {a: {every: soon}}", "sources.a.every: got 'soon', expected a duration such as 30s"),
        ("correlation: {identity: {near_time_s: -1}}", "correlation.identity.near_time_s: got -1"),
        ("correlation: {identity: {near_tme_s: 1}}", "did you mean 'near_time_s'"),
        ("correlation: {flod: {}}", "correlation.flod: .*did you mean 'flood'"),
        ("correlation: {flood: {spatial_radius_km: .nan}}", "correlation.flood.spatial_radius_km: "),
        ("- a\n- b", "expected a mapping of settings"),
        ("a: [", "expected readable YAML"),
    ],
)
def test_a_mistake_is_answered_with_its_key_and_what_it_may_be(file: Path, text: str, said: str) -> None:
    message = wrong(file, text)
    assert re.search(said, message), message


def test_every_mistake_is_listed(file: Path) -> None:
    file.write_text("serve: {port: x, prt: 1}\nfetch: {attempts: 0}\n")
    assert {error.key for error in check(file)} == {"serve.port", "serve.prt", "fetch.attempts"}


def test_a_named_file_that_is_absent_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a file that exists"):
        load(tmp_path / "absent.yaml")


def test_a_misspelt_variable_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERRALOOM_DATABSE_URL", "postgresql://me:hidden@host/db")
    (error,) = unknown_environment()
    assert "TERRALOOM_DATABASE_URL" in error.expected
    assert "hidden" not in str(error)


@given(
    user=st.from_regex(r"[a-z]{1,8}", fullmatch=True),
    secret=st.from_regex(r"[A-Z0-9:!$%*+,;=._~-]{4,20}", fullmatch=True),
)
def test_no_secret_of_a_url_is_shown(user: str, secret: str) -> None:
    for text in (
        f"postgresql://{user}:{secret}@host:5432/db",
        f"postgresql://{user}@host/db?password={secret}",
        f"host=h user={user} password={secret}",
        f"s3://bucket/prefix?secret_access_key={secret}&region=x",
    ):
        assert secret not in mask(text).removeprefix(text.split(secret)[0])


def test_shown_settings_hide_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERRALOOM_DATABASE_URL", "postgresql://me:hidden@host/db")
    assert masked(load())["database_url"] == "postgresql://me:***@host/db"


@pytest.mark.parametrize(("text", "value"), [("30s", 30), ("5m", 300), ("1.5h", 5400), ("1d", 86400)])
def test_durations_are_read(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "5", "m", "0s", "-1s", "1w", "1 m", "1e3s"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration such as"):
        seconds(text)


def test_every_key_has_a_meaning_or_a_page_that_explains_it() -> None:
    silent = [key.name for key in reference() if not key.meaning]
    assert all(name.startswith("correlation.identity.") for name in silent)


def test_the_reference_page_is_up_to_date() -> None:
    page = Path(__file__).parents[1] / "docs" / "configuration.md"
    assert page.read_text(encoding="utf-8") == configuration_page(), "run: make docs"


def test_the_example_on_the_page_is_valid(file: Path) -> None:
    file.write_text(configuration_page().split("```yaml\n")[1].split("```")[0])
    assert load(file).correlation.flood.spatial_radius_km == 75


class TestReload:
    def test_a_change_is_taken_over(self, file: Path) -> None:
        file.write_text("webhooks: {attempts: 3}\n")
        before = load(file)
        file.write_text("webhooks: {attempts: 7}\n")
        assert reloaded(before, file).webhooks.attempts == 7

    def test_a_mistake_keeps_the_old_settings(self, file: Path) -> None:
        file.write_text("webhooks: {attempts: 3}\n")
        before = load(file)
        file.write_text("webhooks: {attempts: none}\n")
        assert reloaded(before, file) is before

    def test_what_needs_a_restart_waits_and_is_named(self, file: Path) -> None:
        file.write_text("storage_url: /a\n")
        before = load(file)
        file.write_text("storage_url: /b\nsimulated: true\n")
        with capture_logs() as logged:
            after = reloaded(before, file)
        assert (after.storage_url, after.simulated) == ("/a", True)
        assert "storage_url" in repr(logged)

    def test_a_file_that_is_replaced_takes_effect_while_the_process_runs(self, file: Path) -> None:
        file.write_text("webhooks: {attempts: 3}\n")
        seen: Queue[Settings] = Queue()
        with watching(load(file), seen.put):
            assert _eventually(file, seen).webhooks.attempts == 9

    def test_settings_that_could_not_be_applied_do_not_end_the_watch(self, file: Path) -> None:
        file.write_text("webhooks: {attempts: 3}\n")
        seen: Queue[Settings] = Queue()

        def use(fresh: Settings) -> None:
            seen.put(fresh)
            raise OSError("the database is away")

        with watching(load(file), use):
            _eventually(file, seen, attempts=9)
            assert _eventually(file, seen, attempts=5).webhooks.attempts == 5

    def test_nothing_stays_running_afterwards(self, file: Path) -> None:
        file.write_text("")
        with watching(load(file), print):
            pass
        assert "config-watch" not in {thread.name for thread in threading.enumerate()}


def _eventually(file: Path, seen: Queue[Settings], attempts: int = 9) -> Settings:
    """Replace the file as editors do until the watcher, which needs a moment to begin, has noticed."""
    for _ in range(20):
        fresh = file.with_suffix(".new")
        fresh.write_text(f"webhooks: {{attempts: {attempts}}}\n")
        os.replace(fresh, file)
        try:
            return seen.get(timeout=1)
        except Empty:
            continue
    raise AssertionError("the change was not noticed")
