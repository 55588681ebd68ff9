"""The one kind of message: "there may be work". Only that it rings is believed of one that arrives."""

import json
import uuid

TRAIN, LIGHT = "train", "light"
RUN_JOB, DO_CHORE = "distillery.run_job", "distillery.do_chore"
# What a ring in each queue asks for.
TASKS = {TRAIN: RUN_JOB, LIGHT: DO_CHORE}
# One of ours has about 1,000 bytes.
LONGEST = 1 << 16


def is_ring(item: bytes, queue: str = TRAIN) -> bool:
    """Whether what was popped from the queue is a ring, whoever sent it."""
    if len(item) > LONGEST:
        return False
    try:
        message = json.loads(item)
    except (ValueError, RecursionError):
        return False
    match message:
        case {"content-type": "application/json", "headers": {"task": task}}:
            return bool(task == TASKS.get(queue))
    return False


def written_anew(queue: str = TRAIN) -> bytes:
    """A ring with what Celery asks for and nothing of what arrived: no limit, no callback, no body."""
    ring_id = str(uuid.uuid4())
    delivery = {"exchange": "", "routing_key": queue}
    ring = {
        "headers": {"task": TASKS[queue], "id": ring_id},
        "content-type": "application/json", "content-encoding": "utf-8", "body": "[[], {}, {}]",
        "properties": {"delivery_tag": ring_id, "delivery_info": delivery},
    }  # fmt: skip
    return json.dumps(ring).encode()
