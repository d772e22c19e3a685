"""Gateways that a deployment's settings make: checked at the start, with secrets from files."""

from __future__ import annotations

import pytest
from tests.delivery.conftest import Answer, a_message

from haochaping.deployment import Deployment
from haochaping.settings import SettingsRefused, read_settings, write_secrets

SETTINGS = """\
profile: base
outgoing: {{allow_hosts: ["127.0.0.1"], allow_loopback: true}}
messages: {{person_per_day: 7}}
gateways:
  zhezhengding:
    kind: dingtalk_private
    title: 浙政钉
    host: {host}
    app_key: haochaping
    tenant_id: "196729"
  sms:
    kind: sms_aliyun
    key_id: AK
    signature: 西湖好差评
    templates: [{{id: SMS_1, text: "您办理的${{item}}已办结"}}]
"""


@pytest.fixture
def home(tmp_path):
    write_secrets(tmp_path)
    return tmp_path


def written(home, text):
    (home / "deployment.yaml").write_text(text, encoding="utf-8")
    return home


def test_a_gateway_of_the_settings_has_its_name_title_and_secret(home, robot, clock, monkeypatch):
    written(home, SETTINGS.format(host=robot.origin))
    (home / "secrets" / "zhezhengding.secret").write_text("from the file\n")
    monkeypatch.setenv("HAOCHAPING_SECRET_SMS", "from the variable")
    deployment = Deployment.open(home, clock=clock, checked=False)
    found = deployment.gateways
    assert deployment.settings.person_per_day == 7
    assert found.titles["zhezhengding"].zh == "浙政钉"
    assert found.address("zhezhengding") == "dingtalk_private"
    assert found.address("sms") == "mobile"
    assert found.names >= {"inbox", "webhook", "sms", "zhezhengding"}
    robot.answers = [Answer(body=b'{"success": true, "content": "m-1"}')]
    meant = a_message(gateway="zhezhengding", to="dingtalk_private:GE_1")
    assert found.send(meant) == "m-1"
    assert "from the file" not in repr(deployment.settings)
    deployment.close()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("kind: dingtalk_private", "kind: pigeon"), "pigeon"),
        (("    app_key: haochaping\n", ""), "app_key"),
        (("tenant_id:", "tennant_id:"), "tennant_id"),
        (("  sms:\n", "  inbox:\n"), "inbox"),
        (("person_per_day: 7", "person_per_day: many"), "person_per_day"),
    ],
)
def test_what_is_wrong_with_a_gateway_is_told_before_anything_runs(home, changed, said):
    text = SETTINGS.format(host="https://ding.example.gov.cn").replace(*changed)
    with pytest.raises(SettingsRefused) as refused:
        Deployment.open(written(home, text), checked=False)
    assert said in refused.value.detail.zh
    assert said in refused.value.detail.en


def test_without_gateways_there_are_those_of_the_core(home):
    settings = read_settings(written(home, "profile: base\n"))
    assert (dict(settings.gateways), settings.person_per_day) == ({}, 20)
