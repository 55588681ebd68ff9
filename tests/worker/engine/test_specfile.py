import json

import pytest

from core.errors import InvalidJob, InvalidSpec
from tests.worker.engine.builders import a_job
from worker.engine.specfile import check, read_spec


def a_file(tmp_path, text):
    path = tmp_path / "job.json"
    path.write_text(text)
    return path


def test_a_job_is_read_as_it_was_written(tmp_path):
    assert read_spec(a_file(tmp_path, a_job().model_dump_json())) == a_job()


def test_an_empty_job_is_a_job(tmp_path):
    assert read_spec(a_file(tmp_path, "{}")).dataset.name == "cifar10"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "this is not JSON"),
        ('{"seed": -1, "optimisation": {}}', "/seed"),
        ('{"seed": -1, "optimisation": {}}', "/optimisation: no such field"),
        (json.dumps({"student": {"width": "wide"}}), "/student/width"),
    ],
)
def test_everything_wrong_is_said_with_its_place(text, said, tmp_path):
    with pytest.raises(InvalidSpec) as raised:
        read_spec(a_file(tmp_path, text))

    assert said in raised.value.detail


def test_a_missing_file_is_no_defect_of_ours(tmp_path):
    with pytest.raises(InvalidSpec, match="No such file"):
        read_spec(tmp_path / "absent.json")


def test_fields_that_contradict_each_other_are_refused():
    with pytest.raises(InvalidJob, match="/optimization/warmup_epochs: must be less than"):
        check(a_job(optimization={"epochs": 2, "warmup_epochs": 2}))


def test_a_sound_job_passes():
    check(a_job())


def test_gradients_can_be_limited_in_normalisations_and_weights_cannot():
    normalisation = "features.0.1"

    check(a_job(regularizers=[{"kind": "gradient_clipping", "max_abs": 1.0, "target": normalisation}]))
    with pytest.raises(InvalidJob, match="/regularizers/0/target"):
        check(a_job(regularizers=[{"kind": "weight_clipping", "target": normalisation}]))
