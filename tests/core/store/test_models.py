"""Models that people brought, or that jobs trained."""

from typing import Any

import pytest
from sqlalchemy import update

from core.errors import Conflict, NotFound
from core.files import Blob
from core.store import chores, models
from core.store.cut import Cut
from core.store.library import Model
from core.store.models import Told
from core.store.session import Database
from core.store.tables import Job
from tests.builders import ME, a_finished_job, a_job
from tests.core.store.side_by_side import at_once

FACTS = {"classes": 2}
KNOWN = {"architecture": "resnet18", "width": 1.0, "stem": "small", "classes": ["cat", "dog"]}
RECIPE = "e" * 64


def uploaded(database: Database, name: str = "mine", owner: str = ME, **told: Any) -> str:
    with database.writing() as session:
        return models.add_upload(session, owner, name, Blob("a" * 64, 10), Told(**told)).id


def trained(database: Database, digest: str = "b", owner: str = ME, recipe: str = RECIPE) -> str:
    with database.writing() as session:
        return models.register_trained(
            session, owner=owner, job_id="job_1", recipe=recipe, name="teacher", image_size=8,
            blob=Blob(digest * 64, 5), architecture="resnet18", width=1.0, stem="small", classes=("a", "b"),
        ).id  # fmt: skip


def read(database: Database, model_id: str, owner: str | None = ME) -> Model:
    with database.reading() as session:
        return models.get(session, model_id, owner)


def needing(database: Database, job_id: str, role: str, model_id: str) -> None:
    resolved = {role: {"source": {"kind": "model", "id": model_id}}}
    with database.writing() as session:
        session.execute(update(Job).where(Job.id == job_id).values(resolved=resolved))


def remove(database: Database, model_id: str) -> None:
    with database.writing() as session:
        models.remove(session, models.get(session, model_id, ME))


def test_an_upload_is_kept_and_a_chore_reads_it(database: Database) -> None:
    model_id = uploaded(database, architecture="resnet18", classes=["a", "b"])

    with database.writing() as session:
        chore = chores.claim(session, "process")

    found = read(database, model_id)
    assert (found.state, found.source, found.digest, found.bytes) == ("reading", "upload", "a" * 64, 10)
    assert (found.architecture, found.width, found.classes) == ("resnet18", None, ["a", "b"])
    assert chore is not None
    assert (chore.kind, chore.subject) == (models.READ, model_id)


@pytest.mark.parametrize("asked", ["model_unknown", "mine", ""])
def test_what_is_no_model_is_not_found(database: Database, asked: str) -> None:
    with pytest.raises(NotFound):
        read(database, asked)


def test_another_owners_is_not_found_and_an_admin_sees_it(database: Database) -> None:
    model_id = uploaded(database)

    with pytest.raises(NotFound):
        read(database, model_id, "somebody else")

    assert read(database, model_id, None).owner == ME


def test_its_version_rises_when_it_is_ready_or_refused(database: Database) -> None:
    model_id = uploaded(database)
    with database.writing() as session:
        models.was_refused(session, model_id, {"code": "model_refused"})
    refused = read(database, model_id)

    with database.writing() as session:
        models.became_ready(session, model_id, Blob("c" * 64, 7), **KNOWN, facts=FACTS)

    ready = read(database, model_id)
    assert (refused.state, refused.version, refused.error) == ("refused", 2, {"code": "model_refused"})
    assert (ready.state, ready.version, ready.error, ready.facts) == ("ready", 3, None, FACTS)
    assert (ready.digest, ready.bytes, ready.classes) == ("c" * 64, 7, ["cat", "dog"])


def test_pages_go_from_new_to_old(database: Database) -> None:
    ids = [uploaded(database, f"model {n}") for n in range(3)]
    uploaded(database, owner="somebody else")

    with database.reading() as session:
        first = models.page(session, ME, limit=2)
        rest = models.page(session, ME, limit=2, behind=first.models[-1].id)

    assert [model.id for model in first.models] == ids[:0:-1]
    assert (first.has_more, rest.has_more) == (True, False)
    assert [model.id for model in rest.models] == ids[:1]


def test_a_trained_teacher_is_ready_and_found_by_its_recipe(database: Database) -> None:
    model_id = trained(database)

    with database.reading() as session:
        found = models.find_recipe(session, ME, RECIPE)
        assert models.find_recipe(session, ME, "f" * 64) is None
        assert models.find_recipe(session, "somebody else", RECIPE) is None

    assert found is not None
    assert (found.id, found.state, found.source, found.job_id) == (model_id, "ready", "job", "job_1")
    assert (found.classes, found.image_size) == (["a", "b"], 8)


def test_of_two_teachers_of_one_recipe_the_first_stays(database: Database) -> None:
    first, second = trained(database, "b"), trained(database, "c")

    assert first == second
    assert read(database, first).digest == "b" * 64
    assert trained(database, "c", recipe="d" * 64) != first
    assert trained(database, "c", owner="somebody else") != first


def test_two_that_register_at_once_agree(database: Database) -> None:
    found = at_once(lambda: trained(database, "b"), lambda: trained(database, "c"))

    assert found[0].result() == found[1].result()


def test_a_measurement_is_asked_for_once_and_kept_by_data_set(database: Database) -> None:
    model_id = uploaded(database)
    for dataset in ("digits", "digits", "cifar10"):
        with database.writing() as session:
            models.measure(session, models.get(session, model_id, ME), dataset)
    with database.reading() as session:
        waiting = chores.queued(session)

    with database.writing() as session:
        models.note_measured(session, model_id, "digits", {"state": "measured", "accuracy": 0.5})

    measured = {"digits": {"state": "measured", "accuracy": 0.5}, "cifar10": {"state": "measuring"}}
    assert waiting == 3  # with the one that reads it
    assert read(database, model_id).measured == measured


def test_what_is_measured_of_a_deleted_model_is_not_noted(database: Database) -> None:
    model_id = uploaded(database)
    remove(database, model_id)

    with database.writing() as session:
        models.note_measured(session, model_id, "digits", {"state": "measured"})

    with pytest.raises(NotFound):
        read(database, model_id)


def test_one_that_is_removed_takes_its_chores_along(database: Database) -> None:
    model_id = uploaded(database)

    remove(database, model_id)

    with pytest.raises(NotFound):
        read(database, model_id)
    with database.reading() as session:
        assert chores.queued(session) == 0


@pytest.mark.parametrize("role", ["teacher", "student"])
def test_what_an_unfinished_job_needs_stays(database: Database, role: str) -> None:
    model_id = uploaded(database)
    job_id = a_job(database)
    needing(database, job_id, role, model_id)

    with pytest.raises(Conflict, match=job_id):
        remove(database, model_id)

    assert read(database, model_id).id == model_id


def test_what_a_finished_job_needed_may_go(database: Database) -> None:
    model_id = uploaded(database)
    needing(database, a_finished_job(database), "teacher", model_id)

    remove(database, model_id)

    with pytest.raises(NotFound):
        read(database, model_id)


def test_a_list_is_cut_by_state_and_name_and_turned_around(database: Database) -> None:
    ids = [uploaded(database, name) for name in ("Cats", "cats and dogs", "birds")]
    with database.writing() as session:
        models.was_refused(session, ids[1], {"code": "model_refused"})

    def listed(**cut: Any) -> list[str]:
        with database.reading() as session:
            return [model.id for model in models.page(session, ME, limit=9, cut=Cut(**cut)).models]

    assert listed(states=["refused"]) == [ids[1]]
    assert listed(states=["refused", "reading"], text="CATS") == [ids[1], ids[0]]
    assert listed(oldest=True) == ids
    with database.reading() as session:
        behind = models.page(session, ME, limit=1, cut=Cut(oldest=True), behind=ids[0])
    assert ([model.id for model in behind.models], behind.has_more) == ([ids[1]], True)
