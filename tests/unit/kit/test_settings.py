from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from merx_kit.settings import MerxSettings, ServiceSettings, SettingsError


class RecoSettings(ServiceSettings, env_prefix="RECO_"):
    fallback_size: int = 20
    partner_token: SecretStr = SecretStr("")


class TestWhereAValueComesFrom:
    def test_a_service_reads_its_own_fields_under_its_prefix(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RECO_FALLBACK_SIZE", "7")
        assert RecoSettings.load().fallback_size == 7

    def test_a_service_reads_shared_fields_from_merx(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MERX_HOME", "/srv/merx")
        monkeypatch.setenv("MERX_DEADLINE_MS", "150")
        settings = RecoSettings.load()
        assert (settings.home, settings.deadline_ms) == (Path("/srv/merx"), 150)

    def test_the_services_own_variable_wins_over_the_shared_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MERX_PORT", "9000")
        monkeypatch.setenv("RECO_PORT", "8001")
        assert RecoSettings.load().port == 8001

    def test_its_own_fields_are_not_read_from_merx(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MERX_FALLBACK_SIZE", "7")
        with pytest.raises(SettingsError, match="did you mean RECO_FALLBACK_SIZE"):
            RecoSettings.load()
        assert RecoSettings().fallback_size == 20

    def test_an_argument_wins_over_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MERX_PORT", "9000")
        assert RecoSettings.load(port=1234).port == 1234

    def test_an_empty_variable_counts_as_absent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MERX_API_KEYS_FILE", "")
        assert RecoSettings.load().api_keys_file is None

    def test_urls_follow_home(self, tmp_path: Path) -> None:
        settings = MerxSettings(home=tmp_path)
        assert settings.database_url == f"sqlite:///{tmp_path}/events.db"
        assert settings.artefacts_url == f"file://{tmp_path}/artefacts"


class TestRefusals:
    def test_a_misspelt_variable_of_the_service_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RECO_FALLBCK_SIZE", "7")
        with pytest.raises(SettingsError, match=r"RECO_FALLBCK_SIZE is no setting .* did you mean RECO_FALLBACK_SIZE"):
            RecoSettings.load()

    def test_an_unknown_variable_of_the_service_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RECO_COLOUR", "blue")
        with pytest.raises(SettingsError, match="RECO_COLOUR is no setting"):
            RecoSettings.load()

    def test_a_misspelt_shared_variable_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MERX_DATABASE_ULR", "postgresql://...")
        with pytest.raises(SettingsError, match="did you mean MERX_DATABASE_URL"):
            MerxSettings.load()

    @pytest.mark.parametrize(
        "name", ["MERX_RECOMMENDATION_SERVICE_HOST", "MERX_BENCH_DATA", "MERX_RECOMMENDATION_PORT"]
    )
    def test_variables_of_kubernetes_and_of_others_are_left_alone(
        self, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.setenv(name, "x")
        assert RecoSettings.load().port == 8000

    def test_a_wrong_value_names_the_variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MERX_DEADLINE_MS", "soon")
        with pytest.raises(SettingsError, match=r"^setting MERX_DEADLINE_MS: .*valid integer"):
            RecoSettings.load()

    def test_a_wrong_shared_value_names_the_shared_variable_in_a_pipeline_too(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class IndexSettings(MerxSettings, env_prefix="INDEX_"):
            threads: int = 1

        monkeypatch.setenv("MERX_CURRENCY", "euro")
        with pytest.raises(SettingsError, match="setting MERX_CURRENCY: "):
            IndexSettings.load()

    def test_a_wrong_value_of_the_services_own_names_its_variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RECO_FALLBACK_SIZE", "many")
        with pytest.raises(SettingsError, match=r"^setting RECO_FALLBACK_SIZE"):
            RecoSettings.load()

    def test_settings_are_frozen_and_closed(self) -> None:
        settings = RecoSettings()
        with pytest.raises(ValidationError):
            settings.port = 1  # type: ignore[misc]
        with pytest.raises(ValidationError):
            RecoSettings(colour="blue")  # type: ignore[call-arg]


class TestSecrets:
    def test_no_password_shows_in_the_text_of_settings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MERX_DATABASE_URL", "postgresql://merx:hunter2@db/merx")
        monkeypatch.setenv("MERX_FEAST_ONLINE", "redis://:hunter2@cache:6379")
        monkeypatch.setenv("RECO_PARTNER_TOKEN", "hunter2")
        settings = RecoSettings.load()
        assert "hunter2" not in repr(settings)
        assert "hunter2" not in str(settings)


class TestLoopback:
    @pytest.mark.parametrize(
        ("host", "loopback"),
        [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("merx.example", False)],
    )
    def test_only_this_machine(self, host: str, loopback: bool) -> None:
        assert ServiceSettings(host=host).loopback is loopback
