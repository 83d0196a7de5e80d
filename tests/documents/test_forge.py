"""What a public forge and Docker are told: templates that parse, and steps that the tests run as well."""

import re
import subprocess

import pytest
import yaml

from tests.support.checkout import ROOT
from tests.support.documents import text

FORGE = ROOT / ".github"
FORMS = sorted(path for path in (FORGE / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")


def instructions(name: str) -> list[str]:
    """The Dockerfile's lines that begin so, without that word."""
    return re.findall(rf"^{name} (.+)$", text(ROOT / "Dockerfile"), re.M)


def test_the_image_is_made_by_the_script_that_the_tests_run():
    assert instructions("RUN") == [
        "bash .ci/install-package /source /opt/crisis-turns",
        "useradd --create-home --uid 1000 user",
    ]
    assert '.ci/install-package" "$scratch/source" "$scratch/env"' in text(ROOT / ".ci" / "test-wheel")
    assert "bash .ci/test-wheel" in text(ROOT / "Makefile")


def test_the_image_runs_the_command_as_a_user_without_rights():
    assert instructions("USER") == ["user"]
    assert instructions("ENTRYPOINT") == ['["crisis-turns"]']
    lines = text(ROOT / "Dockerfile").splitlines()
    assert lines.index("USER user") < lines.index('ENTRYPOINT ["crisis-turns"]')


def test_what_goes_into_the_image_is_in_the_repository():
    sent = re.findall(r"^!(.+)$", text(ROOT / ".dockerignore"), re.M)
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--"]
    for name in sent:
        assert subprocess.run([*listed, name], cwd=ROOT, capture_output=True, check=True).stdout, name


def test_the_workflow_calls_what_is_there():
    (path,) = (FORGE / "workflows").iterdir()
    jobs = yaml.safe_load(text(path))["jobs"]
    scripts = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert "bash .ci/run" in scripts
    assert all(run.startswith(("bash .ci/", "docker ", "git config ")) for run in scripts)
    assert all((ROOT / run.split()[1]).is_file() for run in scripts if run.startswith("bash"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_the_forms_of_issues_are_ones(path):
    form = yaml.safe_load(text(path))
    assert {"name", "description", "body"} <= set(form)
    asked = [field for field in form["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in asked}) == len(asked) > 0
    assert all(field["attributes"]["label"] for field in asked)
    assert any(field.get("validations", {}).get("required") for field in asked)
