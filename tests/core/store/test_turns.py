"""Whoever waits for a turn gets it in order, or not at all."""

from concurrent.futures import ThreadPoolExecutor
from threading import Thread

from core.store.turns import Turns
from tests.polling import eventually


def test_turns_come_in_order() -> None:
    turns, served = Turns(), []
    assert turns.take(0)

    def work(number: int) -> None:
        assert turns.take(10)
        served.append(number)
        turns.give_back()

    threads = []
    for number in range(20):
        threads.append(Thread(target=work, args=(number,)))
        threads[-1].start()
        eventually(lambda count=number + 1: len(turns._waiting) == count, 10)
    turns.give_back()
    for thread in threads:
        thread.join()

    assert served == list(range(20))


def test_who_gives_up_does_not_keep_the_next_one_waiting() -> None:
    turns = Turns()
    assert turns.take(0)

    assert not turns.take(0.01)
    turns.give_back()

    assert turns.take(0)


def test_a_turn_that_comes_while_one_gives_up_is_not_lost() -> None:
    turns, inside = Turns(), []

    def work(_number: int) -> int:
        if not turns.take(0.001):
            return 0
        inside.append(1)
        assert len(inside) == 1
        inside.pop()
        turns.give_back()
        return 1

    with ThreadPoolExecutor(16) as pool:
        served = sum(pool.map(work, range(4000)))

    assert served > 0
    assert turns.take(0)
