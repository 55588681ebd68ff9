from core.errors import Diverged
from tests.worker.engine.builders import Listener
from worker.engine.pipe import PipeReporter
from worker.engine.reporter import ConsoleReporter, Progress, Reporter


def test_every_reporter_can_do_all_that_the_engine_needs():
    for kind in (ConsoleReporter, PipeReporter, Listener):
        assert issubclass(kind, Reporter)


def test_a_console_shows_one_line_an_epoch(capsys):
    console = ConsoleReporter()
    console.phase("distil")
    console.progress(Progress("distil", 1, 2, 10, 20, 0.5, 1234.5, 3.0))
    console.metrics(10, 1, 2.0, {"train/loss": 0.7, "train/learning_rate": 0.1})
    console.metrics(10, 1, 2.0, {"train/epoch_loss": 0.5, "validation/accuracy": 0.75})

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "distil\n  epoch 1  loss 0.5000  accuracy 0.7500  1,234/s\n"


def test_a_console_shows_an_error_with_its_hint(capsys):
    ConsoleReporter().error(Diverged("at step 3"))

    first, second = capsys.readouterr().err.splitlines()
    assert first == "diverged: at step 3"
    assert "learning_rate" in second
