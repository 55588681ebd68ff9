"""Suspend, stop and cancel, asked of a trainer in a process of its own."""

from safetensors.torch import load_file

from tests.worker.engine.resuming.attempts import STEPS, Job, tiny

LONG = tiny(optimization={"epochs": 1000})
LONG_TEACHER = tiny(teacher={"source": {"kind": "train", "epochs": 1000}})


def test_a_suspended_run_goes_on_where_it_was(data, tmp_path):
    job = Job(tmp_path, data, LONG)
    first = job.start(seconds=3600)
    first.until_student(3)

    first.ask("suspend")

    assert first.end() == 6
    assert not first.all("error")
    job.keep(first)
    last = first.all("checkpoint")[-1]
    assert first.events()[-1] == last
    again = job.start(seconds=3600)
    again.until_student(1)
    again.ask("suspend")
    assert again.end() == 6
    assert again.all("metrics")[0]["step"] == first.student_steps() + 1
    assert again.all("checkpoint")[-1]["sequence"] > last["sequence"]


def test_suspended_before_its_first_step_it_has_nothing_to_write(data, tmp_path):
    attempt = Job(tmp_path, data, LONG).start()
    attempt.ask("suspend")

    assert attempt.end() == 6
    assert not attempt.all("checkpoint")
    assert not attempt.all("error")


def test_a_stopped_run_is_evaluated_with_the_best_student(data, tmp_path):
    attempt = Job(tmp_path, data, LONG).start(seconds=3600)
    attempt.until_student(STEPS + 1)

    attempt.ask("stop")

    assert attempt.end() == 0
    (result,) = attempt.all("result")
    assert 0 <= result["summary"]["student_accuracy"] <= 1
    names = {event["name"] for event in attempt.all("artifact")}
    assert {"student.safetensors", "student.pt", "student.last.safetensors", "report.json"} <= names
    student = attempt.report()["student"]
    assert student["stopped"] == "asked"
    assert student["best_epoch"] <= student["epochs"] < 1000


def test_stopped_while_the_teacher_learns_the_student_gets_one_epoch(data, tmp_path):
    attempt = Job(tmp_path, data, LONG_TEACHER).start(seconds=3600)
    attempt.until("metrics", step=1)

    attempt.ask("stop")

    assert attempt.end() == 0
    report = attempt.report()
    assert (report["teacher"]["stopped"], report["student"]["stopped"]) == ("asked", "asked")
    assert report["teacher"]["steps"] == report["teacher"]["epochs"] * STEPS
    assert (report["student"]["epochs"], report["student"]["steps"]) == (1, STEPS)


def test_a_cancelled_run_keeps_its_best_and_its_last_student(data, tmp_path):
    attempt = Job(tmp_path, data, LONG).start(seconds=3600)
    attempt.until_student(STEPS + 1)

    attempt.ask("cancel")

    assert attempt.end() == 5
    *_, last = attempt.events()
    assert (last["event"], last["code"]) == ("error", "cancelled")
    assert [event["name"] for event in attempt.all("artifact")] == [
        "student.safetensors",
        "student.pt",
        "student.last.safetensors",
    ]
    best, end = (load_file(attempt.out / f"student{which}.safetensors") for which in ("", ".last"))
    assert best.keys() == end.keys()


def test_cancelled_before_an_epoch_of_the_student_it_has_no_student_to_keep(data, tmp_path):
    attempt = Job(tmp_path, data, LONG_TEACHER).start(seconds=3600)
    attempt.until("metrics", step=STEPS + 1)

    attempt.ask("cancel")

    assert attempt.end() == 5
    assert not attempt.all("artifact")
    assert attempt.error()["code"] == "cancelled"
